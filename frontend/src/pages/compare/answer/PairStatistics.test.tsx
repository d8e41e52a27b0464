import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { comparedArm, comparison, namedArm } from "../../../testing/comparisons";
import { renderAt } from "../../../testing/render";
import { PairStatistics } from "./PairStatistics";

function rowsOf(given: Record<string, unknown>): string[][] {
  const view = comparison({ spread: { p: null }, wrong_winner: { reason: null }, varied: [], fixed: [], free: [], differing: [], ...given });
  renderAt("/compare", <PairStatistics a={namedArm("base")} b={namedArm("wide", 1)} view={view} folded={false} />);
  return screen.getAllByRole("row").map((row) => [...row.children].map((cell) => cell.textContent ?? ""));
}

test("two arms have a column each, and the difference its own", () => {
  const rows = rowsOf({});
  expect(rows.find(([name]) => name?.startsWith("Mean"))?.slice(1, 3)).toEqual(["0.9000 ± 0.0040", "0.9000 ± 0.0040"]);
  expect(rows.some(([name]) => name === "Excluded")).toBe(false);
});

test("what was left out has a row as soon as one arm lacks runs", () => {
  const rows = rowsOf({ b: comparedArm("wide", { failures: 2 }) });
  expect(rows.find(([name]) => name === "Excluded")).toEqual(["Excluded", "–", "2 failed", "–"]);
});
