import { screen } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { renderAt } from "../../testing/render";
import { shape } from "./Contents";
import DataPage from "./DataPage";

const NOBODY = { studies: [], study_count: 0, runs: 0 };
const CONTENTS = { examples: 178, features: 13, classes: [{ name: "a", examples: 78 }, { name: "b", examples: 100 }], class_count: 2, arrays: [] };
const FILE = {
  path: "/data/vines.csv",
  sha256: "ab".repeat(32),
  size_bytes: 4200,
  kind: "table",
  target: "",
  recipes: ["tabular-mlp"],
  last_used: "2026-01-01T00:00:00Z",
  state: "missing",
  sentence: "There is no such file here any more.",
  contents: null,
  used: { studies: [{ id: 3, name: "vines" }], study_count: 25, runs: 60 },
};
const BUILT_IN = { recipe: "tabular-mlp", parameter: "data", name: "wine", default: true, kind: "table", used: NOBODY };

/** A service with this data, which answers a look into a file with `checked`. */
function service(data: object, checked?: Response): void {
  vi.stubGlobal("fetch", async (request: Request) => (request.method === "POST" && checked !== undefined ? checked.clone() : Response.json(data)));
}

afterEach(() => vi.unstubAllGlobals());

test("a service without files says what they are for", async () => {
  service({ built_in: [BUILT_IN], files: [] });
  renderAt("/data", <DataPage />);
  expect(await screen.findByText("No study has used a file yet")).toBeDefined();
  const link = screen.getByRole("link", { name: "New study of tabular-mlp on wine" });
  expect(link.getAttribute("href")).toBe("/studies/new?recipe=tabular-mlp&p.data=wine");
});

test("a file tells what became of it, and the newest of its studies", async () => {
  service({ built_in: [], files: [FILE] });
  renderAt("/data", <DataPage />);
  expect((await screen.findByText("missing")).title).toBe(FILE.sentence);
  expect(screen.getByRole("link", { name: "vines" }).getAttribute("href")).toBe("/studies/3");
  expect(screen.getByText("and 24 others")).toBeDefined();
});

test("a file too large says what would be right, and what is possible all the same", async () => {
  const fault = { field: "path", value: "/big.csv", expected: "a file of at most 268 MB to look into here" };
  const error = { code: "invalid_input", message: "path: too large", hint: "a study may train on it all the same", faults: [fault] };
  service({ built_in: [], files: [] }, Response.json({ error }, { status: 422 }));
  renderAt("/data?file=/big.csv", <DataPage />);
  expect(await screen.findByText("Expected a file of at most 268 MB to look into here. A study may train on it all the same.")).toBeDefined();
});

test("shapes are told by what the file is", () => {
  expect(shape(CONTENTS)).toBe("178 rows × 13, 2 classes");
  expect(shape({ ...CONTENTS, features: null, examples: 1, class_count: 1 })).toBe("1 text, 1 class");
  expect(shape({ ...CONTENTS, examples: null, arrays: [{ name: "x", type: "float32", shape: [4, 8, 8] }] })).toBe("x 4 × 8 × 8");
});
