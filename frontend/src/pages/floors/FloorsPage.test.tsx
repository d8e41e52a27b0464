import { fireEvent, screen } from "@testing-library/react";
import { Route, Routes } from "react-router";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { renderAt } from "../../testing/render";
import FloorPage from "./FloorPage";
import FloorsPage from "./FloorsPage";

const FLOOR = {
  name: "base",
  created: "2026-01-01T00:00:00Z",
  age_days: 3,
  metric: "accuracy",
  unit: "share",
  direction: "maximize",
  smallest_difference: 0.005,
  values: { n: 20, mean: 0.9312, std: 0.0061, mean_interval: { low: 0.928, high: 0.934, level: 0.95 } },
  conditions: { recipe: "digits", "environment.python": "3.11" },
  origin: "study 3, base",
  study_id: 3,
  error: 0.05,
  candidates: 71,
  spent: 0.01,
  seeds_to_decide: 3,
  judged: [
    {
      candidate: "cosine",
      looks: 2,
      at: "2026-01-03T00:00:00Z",
      n: 5,
      state: "better",
      headline: "cosine is better than the noise floor base.",
      judgements: [
        { at: "2026-01-02T00:00:00Z", n: 3, alpha: 0.00057, state: "undecided", headline: "Undecided, the difference may be noise." },
        { at: "2026-01-03T00:00:00Z", n: 5, alpha: 0.00003, state: "better", headline: "cosine is better than the noise floor base." },
      ],
    },
  ],
};
const FIGURE = { name: "distribution", title: "Accuracy over 20 seeds", notes: [], empty: false, data: [], layout: {} };
const STUDY = { id: 7, counts: { finished: 6 }, arms: [{ position: 0, name: "base" }, { position: 1, name: "wide" }] };

const sent: { method: string; path: string; body: unknown }[] = [];

function answer(request: Request, path: string): Response {
  if (path === "/api/v1/floors") return Response.json(request.method === "POST" ? FLOOR : [FLOOR]);
  if (path === "/api/v1/floors/base/judgements") return Response.json({ floor: FLOOR, headline: "wide is better than the noise floor base.", conditions_unchecked: ["data.table"] });
  if (path === "/api/v1/floors/base") return request.method === "DELETE" ? new Response(null, { status: 204 }) : Response.json(FLOOR);
  return Response.json(path.startsWith("/api/v1/studies/") ? STUDY : FIGURE);
}

beforeEach(() => {
  sent.length = 0;
  vi.stubGlobal("fetch", async (request: Request) => {
    const path = new URL(request.url).pathname;
    if (request.method !== "GET") sent.push({ method: request.method, path, body: request.method === "POST" ? await request.clone().json() : null });
    return answer(request, path);
  });
});
afterEach(() => vi.unstubAllGlobals());

function floorPage() {
  return renderAt(
    "/floors/base",
    <Routes>
      <Route path="/floors" element={<p>All floors</p>} />
      <Route path="/floors/:floor" element={<FloorPage />} />
    </Routes>,
  );
}

test("floors are listed with what is left of their error budget", async () => {
  renderAt("/floors", <FloorsPage />);
  expect((await screen.findByRole("link", { name: "base" })).getAttribute("href")).toBe("/floors/base");
  expect(screen.getByText("digits")).toBeDefined();
  expect(screen.getByText("0.9312 ± 0.0030")).toBeDefined();
  expect(screen.getByText("python 3.11")).toBeDefined();
  expect(screen.getByText("80% left").title).toContain("Spent: 0.01 of 0.05");
});

test("a floor shows its candidates with their verdicts", async () => {
  floorPage();
  expect(await screen.findByText("cosine is better than the noise floor base.")).toBeDefined();
  expect(screen.getByText("Better")).toBeDefined();
  expect(screen.getByText("Undecided, the difference may be noise.")).toBeDefined();
  expect(screen.getByText("0.00057")).toBeDefined();
  expect(screen.getByText("0.5 points")).toBeDefined();
  expect(screen.getByRole("link", { name: "study 3, base" }).getAttribute("href")).toBe("/studies/3");
});

test("an arm of a study is judged, and the verdict stands in the dialog", async () => {
  floorPage();
  fireEvent.click(await screen.findByRole("button", { name: "Judge a candidate…" }));
  fireEvent.change(screen.getByLabelText("Study"), { target: { value: "7" } });
  await screen.findByRole("option", { name: "wide" });
  fireEvent.change(screen.getByLabelText("Arm"), { target: { value: "1" } });
  fireEvent.click(screen.getByRole("button", { name: "Judge" }));
  expect(await screen.findByText("wide is better than the noise floor base.")).toBeDefined();
  expect(screen.getByText(/Not compared.*data\.table/)).toBeDefined();
  expect(sent).toEqual([{ method: "POST", path: "/api/v1/floors/base/judgements", body: { conditions: {}, candidate: "wide", study_id: 7, arm: "1" } }]);
});

test("a floor is deleted only after it was said what is lost", async () => {
  floorPage();
  fireEvent.click(await screen.findByRole("button", { name: "Delete…" }));
  expect(screen.getByText(/Its 1 judgement and what they spent/)).toBeDefined();
  fireEvent.click(screen.getByRole("button", { name: "Delete" }));
  expect(await screen.findByText("All floors")).toBeDefined();
  expect(sent.map(({ method, path }) => `${method} ${path}`)).toEqual(["DELETE /api/v1/floors/base"]);
});
