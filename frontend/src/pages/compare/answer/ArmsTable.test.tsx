import { screen } from "@testing-library/react";
import { expect, test } from "vitest";
import { comparedArm, comparison, namedArm } from "../../../testing/comparisons";
import { renderAt } from "../../../testing/render";
import { ArmsTable } from "./ArmsTable";

const ODD = ["v. 1 free", "a, n = 3", "<b>", "n".repeat(200)];

function table(view = comparison(), several = false): string[][] {
  renderAt("/compare", <ArmsTable first={namedArm("base")} pairs={[{ arm: namedArm("wide", 1), view }]} several={several} />);
  return screen.getAllByRole("row").map((row) => [...row.children].map((cell) => cell.textContent ?? ""));
}

test("each arm has a row, the difference beside its own numbers", () => {
  const [head, base, wide] = table();
  expect(head).toEqual(["Arm", "Mean ± 95% CI", "SD", "Median", "minus base", "p, method", "P(above base)", "Hedges' g", "Higher in (ties count half)"]);
  expect(base).toEqual(["base12 seeds", "0.9000 ± 0.0040", "0.014", "0.901", "baseline", "–", "–", "–", "–"]);
  expect(wide?.slice(4)).toEqual(["+2.1 points 95% CI +1.4 to +2.8", "0.003 paired t", "0.83 (95% CI 0.62 to 0.94)", "1.23", "17.5 of 20 paired seeds"]);
  expect(screen.getByText("No runs were excluded.")).toBeDefined();
  expect(screen.getByRole("region", { name: "val_accuracy, last epoch, ↑ better" })).toBeDefined();
});

test("what was left out has a column as soon as one arm lacks runs", () => {
  const rows = table(comparison({ b: comparedArm("wide", { failures: 2 }), direction: "minimize", summary: "best" }));
  expect(rows.map((row) => row.at(-1))).toEqual(["Excluded", "–", "2 failed"]);
  expect(screen.queryByText("No runs were excluded.")).toBeNull();
  expect(screen.getByRole("region", { name: "val_accuracy, best epoch, ↓ better" })).toBeDefined();
});

test("a card says that the area under the curve is compared", () => {
  table(comparison({ summary: "area" }));
  expect(screen.getByRole("region", { name: "val_accuracy, area under the curve, ↑ better" })).toBeDefined();
});

test("of no direction neither way is called better, and unpaired arms share no seeds", () => {
  const rows = table(comparison({ direction: null, share_of_seeds: null }));
  expect(rows[2]?.at(-1)).toBe("no paired seeds");
  expect(screen.getByRole("region", { name: "val_accuracy, last epoch" })).toBeDefined();
});

test.each(ODD)("an arm called %s is called so", (name) => {
  renderAt("/compare", <ArmsTable first={namedArm(name)} pairs={[{ arm: namedArm("wide", 1), view: comparison() }]} several />);
  expect(screen.getByRole("columnheader", { name: `minus ${name}` })).toBeDefined();
  expect(screen.getAllByRole("rowheader")[0]?.textContent).toBe(`${name}12 seedsstudy 1`);
});
