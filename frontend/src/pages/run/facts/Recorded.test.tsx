import { screen, within } from "@testing-library/react";
import { beforeEach, expect, test, vi } from "vitest";
import type { Run } from "../../../api/types";
import { renderAt } from "../../../testing/render";
import { Recorded } from "./Recorded";

const run = { id: 7, state: "finished", has_notebook: true, attempts: [{ worker: "elsewhere" }] } as unknown as Run;
const cells = [
  { execution: 1, source: "x = 1", cell_id: "b", position: 2, error: "", seconds: 0.5 },
  { execution: 2, source: "y = x", cell_id: "a", position: 1, error: "NameError", seconds: null },
];
const files = [
  { path: "artifacts/a b.txt", sha256: "ab".repeat(32), bytes: 2048, stored: true },
  { path: "/tmp/large.bin", sha256: "cd".repeat(32), bytes: 5, stored: false },
];

beforeEach(() => {
  vi.stubGlobal("fetch", (request: Request) => {
    const { pathname, search } = new URL(request.url);
    if (pathname.endsWith("/cells/diff")) {
      if (search === "?other=9") return Promise.resolve(Response.json({ error: { code: "not_found", message: "no" } }, { status: 404 }));
      return Promise.resolve(Response.json(search === "?other=8" ? ["--- run 7", "+++ run 8", "-y = x", "+y = 2"] : []));
    }
    if (pathname.endsWith("/cells")) return Promise.resolve(Response.json({ cells, warnings: ["Cell 1 ran after cell 2."] }));
    if (pathname.endsWith("/files")) return Promise.resolve(Response.json(files));
    return Promise.reject(new Error(pathname));
  });
});

test("cells are shown in the order in which they ran, and one click downloads them", async () => {
  renderAt("/runs/7", <Recorded run={run} />);
  const part = await screen.findByRole("region", { name: "Notebook" });
  expect(await within(part).findByText("Cell 1 ran after cell 2.")).toBeTruthy();
  const items = within(part).getAllByRole("listitem").map((item) => item.textContent);
  expect(items[0]).toContain("[1] cell 2 on the page");
  expect(items[0]).toContain("x = 1");
  expect(items[1]).toContain("NameError");
  expect(within(part).getByRole("link", { name: "Download notebook" }).getAttribute("href")).toBe("/api/v1/runs/7/notebook");
});

test.each([
  ["8", "+y = 2"],
  ["6", "Run 6 ran the same cells in the same order."],
  ["9", "Run 9 has no notebook to compare with."],
  ["7", "Enter another run than this one."],
])("cells are compared with those of run %s", async (other, text) => {
  renderAt(`/runs/7?cells=${other}`, <Recorded run={run} />);
  expect(await screen.findByText(text)).toBeTruthy();
});

test("files are downloaded, or named where only their digest is kept", async () => {
  renderAt("/runs/7", <Recorded run={{ ...run, has_notebook: false }} />);
  const part = await screen.findByRole("region", { name: "Files" });
  expect(within(part).getByRole("link").getAttribute("href")).toBe("/api/v1/runs/7/files/content?path=artifacts%2Fa%20b.txt");
  expect(part.textContent).toContain("2.0 kB");
  expect(part.textContent).toContain("Only its digest is kept here.");
  expect(screen.queryByRole("region", { name: "Notebook" })).toBeNull();
});

test("a run of a worker of ours asks for nothing", () => {
  const { container } = renderAt("/runs/7", <Recorded run={{ ...run, has_notebook: false, attempts: [] }} />);
  expect(container.textContent).toBe("");
});
