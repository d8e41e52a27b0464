import type { ArmSummary, Comparison, Family } from "../api/types";
import type { AnswerState } from "../ui/marks/AnswerMark";

/** An answer in parts: the sentence to quote, how it stands, and what belongs beside it. */
export interface Answer {
  state: AnswerState | null;
  headline: string;
  detail: string[];
  caveats: { code: string; text: string }[];
}

const STATES: Record<string, AnswerState> = { better: "better", no_difference: "equivalent", undecided: "undecided" };

function sentences(text: string): string[] {
  return text.split(/(?<=[.!?])\s+(?=[A-Z0-9“])/).filter((part) => part !== "");
}

/** Return the verdict of a comparison in parts. */
export function answerOf(view: Comparison): Answer {
  const { verdict } = view.comparison;
  const rest = view.sentence.startsWith(view.headline) ? view.sentence.slice(view.headline.length).trim() : view.sentence;
  const state = verdict.refused ? "cannot_be_judged" : (STATES[verdict.outcome] ?? null);
  // Between arms that train the same there is no winner, only luck and what is seeded.
  return { state: view.same_variant && state === "better" ? null : state, headline: view.headline, detail: sentences(rest), caveats: verdict.caveats };
}

/** Return the mean and spread of every arm of a family, by position. */
export function summariesOf(family: Family): Map<number, ArmSummary> {
  const byArm = new Map<number, ArmSummary>();
  for (const { comparison } of family.comparisons) {
    byArm.set(comparison.a.position ?? -1, comparison.comparison.a);
    byArm.set(comparison.b.position ?? -1, comparison.comparison.b);
  }
  return byArm;
}
