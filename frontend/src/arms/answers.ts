import type { ArmSummary, Comparison, Family, Interval } from "../api/types";
import type { AnswerState } from "../ui/marks/AnswerMark";

/** An answer in parts: the sentence to quote, how it stands, and what belongs beside it. */
export interface Answer {
  state: AnswerState | null;
  headline: string;
  detail: string[];
  caveats: { code: string; text: string; short?: string }[];
}

/** Return the verdict of a comparison in parts. */
export function answerOf(view: Comparison): Answer {
  const { state = null, headline, detail = [], caveats = [], same_variant } = view;
  // Between arms that train the same there is no winner, only luck and what is seeded.
  return { state: same_variant && state === "better" ? null : state, headline, detail, caveats };
}

/** Return the mean and spread of every arm of a family, by position. */
export function summariesOf(family: Family): Map<number, ArmSummary> {
  const byArm = new Map<number, ArmSummary>();
  for (const { a, b } of family.comparisons) {
    byArm.set(a.position ?? -1, a.values);
    byArm.set(b.position ?? -1, b.values);
  }
  return byArm;
}

/** Return the interval of a difference of means that its verdict rests on; null if none holds while runs are pending. */
export function decidingInterval(view: Comparison): Interval | null {
  const ofMeans = view.difference.interval ?? null;
  if ((view.centre ?? "mean") !== "mean") return ofMeans;
  return view.interval ?? (view.interim ? null : ofMeans);
}
