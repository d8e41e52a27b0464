import { expect, test } from "vitest";
import type { Answer } from "../../../arms/answers";
import { ranked, rankingAnswer, type Ranked } from "./ranking";

const against = (state: Answer["state"]): Answer => ({ state, headline: "", detail: [], caveats: [] });
const arm = (name: string, mean: number | null, state: Answer["state"] = null): Ranked => ({ position: 0, name, mean, against: against(state) });

test("arms are ranked in the better direction, those without a mean last", () => {
  const arms = [arm("a", 1), arm("b", null), arm("c", 3)];
  expect(ranked(arms, "maximize").map(({ name }) => name)).toEqual(["c", "a", "b"]);
  expect(ranked(arms, "minimize").map(({ name }) => name)).toEqual(["a", "c", "b"]);
});

test.each([
  [["better", "better"], "better", "64 is best: it beats every other arm."],
  [["undecided", "better"], "undecided", "64 has the best mean; 32 cannot be told from it."],
  [["undecided", "cannot_be_judged"], "undecided", "No arm can be told from 64, which has the best mean."],
  [["equivalent", "equivalent"], "equivalent", "All 3 arms are equivalent."],
  [["equivalent", "better"], "undecided", "64 has the best mean; 32 cannot be told from it."],
] as const)("against the best %j: %s", ([second, third], state, headline) => {
  const answer = rankingAnswer([arm("64", 3), arm("32", 2, second), arm("16", 1, third)]);
  expect(answer).toMatchObject({ state, headline });
});

test("without a finite value there is nothing to rank", () => {
  expect(rankingAnswer([arm("a", null), arm("b", null)]).state).toBe("cannot_be_judged");
});

test("an arm's own punctuation cannot be taken for the sentence's", () => {
  expect(rankingAnswer([arm("v. 1 free", 2), arm("b", 1, "better")]).headline).toBe("“v. 1 free” is best: it beats every other arm.");
});
