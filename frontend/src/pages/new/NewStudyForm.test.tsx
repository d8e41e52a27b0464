import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test, vi } from "vitest";
import type { Recipe } from "../../api/types";
import { renderAt } from "../../testing/render";
import { NewStudyForm } from "./NewStudyForm";
import { firstSpec } from "./spec/spec";

const recipe = {
  name: "digits-mlp",
  version: "1",
  kind: "keras",
  help: "",
  parameters: { properties: { hidden: { type: "integer", minimum: 1, maximum: 4096, default: 32 } } },
  sources: ["split", "init"],
  metrics: [{ name: "val_accuracy", direction: "maximize", unit: "share", help: "" }],
  source_digest: "ab",
} as unknown as Recipe;

const submitted: unknown[] = [];

async function answer(request: Request): Promise<Response> {
  const path = new URL(request.url).pathname;
  if (path.endsWith("/studies/check")) {
    const spec = (await request.json()) as { arms: { name: string }[] };
    const arms = spec.arms.map(({ name }) => ({ name, parameters: {}, differs: {}, policies: {}, runs: 10 }));
    return Response.json({ spec, arms, runs: 10 * arms.length, unit: "share" });
  }
  if (request.method === "POST" && path.endsWith("/studies")) {
    submitted.push({ key: request.headers.get("idempotency-key"), body: await request.json() });
    return Response.json({ error: { code: "unavailable", message: "The database is away.", hint: "Try later.", faults: [] } }, { status: 503 });
  }
  if (path.endsWith("/workers")) return Response.json([]);
  return Response.json({ items: [], total: 0, page: 1, per_page: 1 });
}

beforeEach(() => {
  submitted.length = 0;
  vi.stubGlobal("fetch", answer);
  renderAt("/studies/new", <NewStudyForm recipes={[recipe]} first={firstSpec("digits-mlp")} />);
});

const text = () => screen.getByLabelText<HTMLTextAreaElement>("Specification as yaml");

test("form and text are kept in step, both ways", async () => {
  const user = userEvent.setup();
  await user.type(screen.getByLabelText("Question"), "Width?");
  await user.click(screen.getByRole("button", { name: "Add arm" }));
  await user.type(screen.getByLabelText("hidden of arm 2"), "64");
  await waitFor(() => expect(text().value).toContain("hidden: 64"));
  expect(await screen.findByRole("button", { name: "Train 20 runs" })).toBeDefined();

  await user.clear(text());
  await user.click(text());
  await user.paste("name: from text\nrecipe: digits-mlp\narms:\n  - name: only\n    parameters:\n      hidden: 8\nseeds: 5\n");
  await waitFor(() => expect(screen.getByLabelText<HTMLInputElement>("Question").value).toBe("from text"));
  expect(screen.getByLabelText<HTMLInputElement>("hidden of only").value).toBe("8");
});

test("text that cannot be read says so and leaves the form as it was", async () => {
  const user = userEvent.setup();
  await waitFor(() => expect(text().value).toContain("recipe"));
  await user.click(text());
  await user.paste("\n[not: closed");
  expect(await screen.findByText(/Cannot read this text/)).toBeDefined();
  expect(screen.getByLabelText("Name of arm 1")).toBeDefined();
});

test("sent twice, a submission carries the same key; changed, another", async () => {
  const user = userEvent.setup();
  await user.type(screen.getByLabelText("Question"), "Twice?");
  const train = await screen.findByRole("button", { name: "Train 10 runs" });
  await user.click(train);
  expect(await screen.findByText("The database is away.")).toBeDefined();
  await user.click(train);
  await waitFor(() => expect(submitted).toHaveLength(2));
  await user.type(screen.getByLabelText("Question"), "!");
  await user.click(train);
  await waitFor(() => expect(submitted).toHaveLength(3));
  const keys = submitted.map((one) => (one as { key: string }).key);
  expect(keys[0]).toBe(keys[1]);
  expect(keys[2]).not.toBe(keys[0]);
});

test("without a worker the runs wait, and it is said how to start one", async () => {
  expect(await screen.findByText("seedspread worker --queue cpu")).toBeDefined();
});
