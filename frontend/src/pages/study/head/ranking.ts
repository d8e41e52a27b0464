import type { Study } from "../../../api/types";
import type { Answer } from "../../../arms/answers";
import { listing, name } from "../../../lib/words";
import type { AnswerState } from "../../../ui/marks/AnswerMark";

/** An arm with the verdict of its comparison with the best; null while that is on its way. */
export interface Ranked {
  position: number;
  name: string;
  mean: number | null;
  against: Answer | null;
}

/** Return arm positions from best to worst mean; arms without a mean come last. */
export function ranked<T extends { mean: number | null }>(arms: readonly T[], direction: Study["direction"]): T[] {
  const sign = direction === "minimize" ? 1 : -1;
  return arms.toSorted((a, b) => {
    if (a.mean === null || b.mean === null) return Number(a.mean === null) - Number(b.mean === null);
    return sign * (a.mean - b.mean);
  });
}

const MOST_NAMES = 3;

function names(arms: readonly Ranked[]): string {
  return listing(arms.map((arm) => name(arm.name)), MOST_NAMES);
}

/** Return what a ranking says: the best arm, and the arms that cannot be told from it. */
export function rankingAnswer(arms: readonly Ranked[]): Answer {
  const [best, ...others] = arms;
  const detail: string[] = [];
  const caveats = [...new Map(others.flatMap(({ against }) => against?.caveats ?? []).map((caveat) => [caveat.text, caveat])).values()];
  if (best === undefined || best.mean === null) return { state: "cannot_be_judged", headline: "No arm has a finite value yet.", detail, caveats: [] };
  const open = others.filter(({ against }) => against?.state !== "better");
  const equivalent = open.filter(({ against }) => against?.state === "equivalent");
  const state: AnswerState = open.length === 0 ? "better" : equivalent.length === others.length ? "equivalent" : "undecided";
  if (open.length === 0) return { state, headline: `${name(best.name)} is best: it beats every other arm.`, detail, caveats };
  if (state === "equivalent") return { state, headline: `All ${arms.length} arms are equivalent.`, detail, caveats };
  const beaten = others.filter((arm) => !open.includes(arm));
  if (beaten.length > 0) detail.push(`${name(best.name)} beats ${names(beaten)}.`);
  if (open.length === others.length) return { state, headline: `No arm can be told from ${name(best.name)}, which has the best mean.`, detail, caveats };
  return { state, headline: `${name(best.name)} has the best mean; ${names(open)} cannot be told from it.`, detail, caveats };
}
