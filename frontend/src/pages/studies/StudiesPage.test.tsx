import { cleanup, fireEvent, screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { renderAt } from "../../testing/render";
import { StudiesPage } from "./StudiesPage";

const COUNTS = { queued: 0, running: 0, finished: 6, failed: 0, cancelled: 0 };
const ROW = {
  id: 7,
  name: "Does width help?",
  recipe: "digits-mlp",
  metric: "accuracy",
  arms: [{ position: 0, name: "base", values: [0.9, 0.91] }],
  project: "",
  tags: [],
  pinned: false,
  archived: false,
  counts: COUNTS,
  excluded: 0,
  diverged: 0,
  created_at: "2026-01-01T00:00:00Z",
};
const ATTENTION = { errors: 0, warnings: 0, notices: 0, not_examined: 0, first: null, failed: 0, diverged: 0, excluded: 0 };
const SUMMARY = {
  study_id: 7,
  standing: "decided",
  short: "wide better by 1.8 points",
  headline: "wide is better: accuracy of wide was higher by 1.8 points on average.",
  better: 1,
  compared: 1,
  decided: 1,
  more_seeds: null,
  attention: ATTENTION,
};
const AWAY = { error: { code: "unavailable", message: "The database is away.", hint: null, faults: [] } };

/** A service with one study, whose summary is `summary`, or is refused. */
function service(summary: object | null, row: object = ROW, queues: readonly object[] = []): void {
  vi.stubGlobal("fetch", async (request: Request) => {
    if (request.url.includes("/queues")) return Response.json(queues);
    if (request.url.includes("/projects") || request.url.includes("/views")) return Response.json([]);
    if (!request.url.includes("/summaries")) return Response.json({ items: [row], total: 1, page: 1, per_page: 50 });
    return summary === null ? Response.json(AWAY, { status: 503 }) : Response.json({ items: [summary], unknown: [] });
  });
}

afterEach(() => vi.unstubAllGlobals());

test("a study says what is decided, and the whole sentence on hover", async () => {
  service(SUMMARY);
  renderAt("/", <StudiesPage />);
  expect((await screen.findByText("wide better by 1.8 points")).title).toBe(SUMMARY.headline);
  expect(screen.getByText("no problems found")).toBeDefined();
});

test("a gap is no all-clear, and before a run has finished nothing is said", async () => {
  service({ ...SUMMARY, attention: { ...ATTENTION, not_examined: 2 } });
  renderAt("/", <StudiesPage />);
  const gap = await screen.findByRole("link", { name: "2 checks not made" });
  expect(gap.getAttribute("href")).toBe("/studies/7#findings");
  expect(gap.title).toContain("2 checks could not be made");
  expect(screen.queryByText("no problems found")).toBeNull();
  cleanup();
  service({ ...SUMMARY, short: "waiting for 6 runs" }, { ...ROW, counts: { ...COUNTS, queued: 6, finished: 0 } });
  renderAt("/", <StudiesPage />);
  await screen.findByText("waiting for 6 runs");
  expect(screen.queryByText("no problems found")).toBeNull();
});

test("the list stands while summaries are refused", async () => {
  service(null);
  renderAt("/", <StudiesPage />);
  expect((await screen.findByText("not available")).title).toBe("The database is away.");
  expect(screen.getByRole("link", { name: "Does width help?" })).toBeDefined();
  expect(screen.queryByRole("alert")).toBeNull();
});

test("findings and failures stand under attention, the gravest first", async () => {
  const attention = { ...ATTENTION, errors: 1, notices: 2, first: "Seeds 1 and 2 gave the same weights." };
  service({ ...SUMMARY, attention }, { ...ROW, counts: { ...COUNTS, failed: 3 }, diverged: 1 });
  renderAt("/", <StudiesPage />);
  const link = await screen.findByRole("link", { name: /^3 findings in Does width help\?, including errors/ });
  expect(link.getAttribute("href")).toBe("/studies/7#findings");
  expect(link.className).toBe("danger-text");
  expect(screen.getByText("3 failed")).toBeDefined();
  expect(screen.getByText("1 diverged")).toBeDefined();
});

test("a study whose queue nobody takes from is blocked", async () => {
  const waiting = { ...ROW, counts: { ...COUNTS, queued: 2 } };
  service({ ...SUMMARY, standing: "waiting", short: "waits for 2 runs", better: null }, waiting, [
    { name: "cpu", blocked: null, waiting: [{ study_id: 8 }] },
    { name: "gpu", blocked: "no worker takes from this queue", waiting: [{ study_id: 7 }] },
  ]);
  renderAt("/", <StudiesPage />);
  const link = await screen.findByRole("link", { name: "blocked" });
  expect([link.getAttribute("href"), link.title]).toEqual(["/workers", "no worker takes from this queue"]);
});

test("a list that was left and is come back to stands, summaries and all", async () => {
  const other = { ...SUMMARY, study_id: 8, short: "many better by 6 points" };
  vi.stubGlobal("fetch", (request: Request) => {
    const { pathname, searchParams } = new URL(request.url);
    const found = searchParams.has("query") ? { ...ROW, id: 8, name: "Do more trees help?" } : ROW;
    const summary = searchParams.get("ids") === "8" ? other : SUMMARY;
    if (["queues", "projects", "views"].some((name) => pathname.endsWith(`/${name}`))) return Promise.resolve(Response.json([]));
    if (pathname.endsWith("/summaries")) return Promise.resolve(Response.json({ items: [summary], unknown: [] }));
    return Promise.resolve(Response.json({ items: [found], total: 1, page: 1, per_page: 50 }));
  });
  renderAt("/", <StudiesPage />);
  await screen.findByText("wide better by 1.8 points");
  fireEvent.change(screen.getByRole("searchbox"), { target: { value: "trees" } });
  await screen.findByText("many better by 6 points");
  fireEvent.change(screen.getByRole("searchbox"), { target: { value: "" } });
  expect(await screen.findByText("wide better by 1.8 points")).toBeDefined();
});

test("what cannot be compared or audited says why", async () => {
  const attention = { ...ATTENTION, first: "The study could not be audited: no such source." };
  service({ ...SUMMARY, standing: "unknown", better: null, short: "cannot be compared", attention });
  renderAt("/", <StudiesPage />);
  expect(await screen.findByText("cannot be compared")).toBeDefined();
  expect(screen.getByText("not audited").title).toBe(attention.first);
});

test.each([
  ["/", "1", "created_at", "desc", null],
  ["/?page=3&sort=name.asc&q=tag%3Aa", "3", "name", "asc", "tag:a"],
  ["/?page=x", "1", "created_at", "desc", null],
  ["/?page=-2", "1", "created_at", "desc", null],
])("the address %s asks for its page, order and search", async (address, page, sort, order, query) => {
  const asked: URLSearchParams[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname.endsWith("/studies")) asked.push(searchParams);
    if (["queues", "projects", "views"].some((name) => pathname.endsWith(`/${name}`))) return Response.json([]);
    return Response.json(pathname.endsWith("/studies") ? { items: [ROW], total: 200, page: 1, per_page: 50 } : { items: [SUMMARY], unknown: [] });
  });
  renderAt(address, <StudiesPage />);
  await screen.findByText("Does width help?");
  const [first] = asked;
  expect(["page", "sort", "order", "query"].map((name) => first?.get(name) ?? null)).toEqual([page, sort, order, query]);
});
