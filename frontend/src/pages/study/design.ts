import { counted } from "../../lib/words";
import type { Family, Study } from "../../api/types";

/** Whether a source is crossed in levels: then even one arm says where its spread comes from. */
export function crosses(study: Pick<Study, "arms">): boolean {
  return study.arms.some((arm) => Object.values(arm.policies).includes("levels"));
}

/** Whether a study's design can say where its spread comes from; `asks` is what the service read from its arms. */
export function tellsSources(study: Pick<Study, "arms">, asks: Family["asks"] | undefined): boolean {
  return crosses(study) || asks === "sources" || asks === "factorial";
}

/** Whether arms differ in what is seeded: then it is worth saying what seeding does to each. */
export function armsDifferInSeeding(study: Pick<Study, "arms">): boolean {
  const told = study.arms.map((arm) => JSON.stringify(Object.entries(arm.policies).toSorted()));
  return new Set(told).size > 1;
}

/** The first sentence of several, and the others: the one that is read from afar, and what it rests on. */
export function firstSentence(text: string): [string, string] {
  const end = text.indexOf(". ");
  return end < 0 ? [text, ""] : [text.slice(0, end + 1), text.slice(end + 2)];
}

/** Why nothing can be said of a study none of whose runs has finished; null once one has. */
export function nothingFinished(counts: Record<string, number>): string | null {
  if ((counts["finished"] ?? 0) > 0) return null;
  const [failed, cancelled] = [counts["failed"] ?? 0, counts["cancelled"] ?? 0];
  const total = Object.values(counts).reduce((sum, number) => sum + number, 0);
  if (total === 0) return null;
  if (failed + cancelled < total) return "Nothing to judge yet: no run has finished.";
  if (failed > 0 && cancelled > 0) return `No run finished: ${failed} failed, ${cancelled} ${cancelled === 1 ? "was" : "were"} cancelled.`;
  const what = failed > 0 ? "failed" : total === 1 ? "was cancelled" : "were cancelled";
  return total === 1 ? `The only run ${what}.` : `All ${counted(total, "run")} ${what}.`;
}
