import { expect, test } from "vitest";
import { ranked, rankingAnswer, type Ranked } from "./ranking";

const arm = (name: string, mean: number | null, tied: boolean | null = null): Ranked => ({ position: 0, name, mean, tied, chance: null });
const study = (direction: "maximize" | "minimize") =>
  ({ direction, arms: ["a", "b", "c"].map((name, position) => ({ name, position })) }) as never;
const MEANS = new Map([[0, 1], [1, null], [2, 3]]);

test.each([
  ["maximize", ["c", "a", "b"]],
  ["minimize", ["a", "c", "b"]],
] as const)("while runs are to come arms are in the order of their means: %s", (direction, order) => {
  const arms = ranked(study(direction), null, MEANS);
  expect(arms.map(({ name }) => name)).toEqual(order);
  expect(rankingAnswer(arms, null)).toMatchObject({ state: null, headline: `${order[0]} leads so far.` });
});

test("the service's ranking decides the order and the group of the best", () => {
  const row = { left_out: 0, n: 5, p_best: 0.4, p_worse: 0.2 };
  const ranking = { comparisons: 3, paired: true, unranked: [], arms: [{ ...row, arm: "a", mean: 1, with_best: true }, { ...row, arm: "c", mean: 1, with_best: true }, { ...row, arm: "b", mean: 0, with_best: false }] };
  const arms = ranked(study("maximize"), ranking as never, new Map());
  expect(arms.map(({ name, tied, chance }) => [name, tied, chance])).toEqual([["a", true, 0.4], ["c", true, 0.4], ["b", false, 0.4]]);
});

test.each([
  [[false, false], "better"],
  [[true, false], "undecided"],
  [[true, true], "undecided"],
] as const)("arms tied with the best %j: %s, in the service's words", ([second, third], state) => {
  const said = { headline: "64 has the best mean; 32 cannot be told from it.", detail: ["64 beats 16."] };
  expect(rankingAnswer([arm("64", 3, true), arm("32", 2, second), arm("16", 1, third)], said)).toMatchObject({ state, ...said });
});

test("without a finite value there is nothing to rank", () => {
  expect(rankingAnswer([arm("a", null), arm("b", null)], null).state).toBe("cannot_be_judged");
});

test("an arm's own punctuation cannot be taken for the sentence's", () => {
  expect(rankingAnswer([arm("v. 1 free", 2), arm("b", 1)], null).headline).toBe("“v. 1 free” leads so far.");
});
