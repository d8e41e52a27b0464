import { expect, test } from "vitest";
import { parseUnified, sideBySide } from "./unified";

const diff = ["--- a/x.py", "+++ b/x.py", "@@ -3,4 +3,4 @@", " def f():", "-    return 1", "-    # old", "+    return 2", " end"].join("\n");

test("lines carry their numbers in either file", () => {
  const lines = parseUnified(diff);
  expect(lines.map((line) => line.kind)).toEqual(["place", "same", "removed", "removed", "added", "same"]);
  expect(lines.map((line) => [line.before, line.after])).toEqual([
    [null, null],
    [3, 3],
    [4, null],
    [5, null],
    [null, 4],
    [6, 5],
  ]);
  expect(parseUnified("")).toEqual([]);
});

test("removed lines stand beside what came in their place", () => {
  const rows = sideBySide(parseUnified(diff));
  expect(rows.map((row) => [row.left?.text ?? null, row.right?.text ?? null])).toEqual([
    ["@@ -3,4 +3,4 @@", "@@ -3,4 +3,4 @@"],
    ["def f():", "def f():"],
    ["    return 1", "    return 2"],
    ["    # old", null],
    ["end", "end"],
  ]);
});
