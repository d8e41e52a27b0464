import shared from "../../../lib/shared.json";
import { counted, sentence } from "../../../lib/words";
import type { Family, Study } from "../../../api/types";

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

/** Return true for the first step at which a metric meets a condition, which `backend/seedspread/summaries.py` computes. */
export function isFirstStep(metric: string): boolean {
  return metric.startsWith("first_step(");
}

/** Return true if a metric is better the lower it is: by the study for the deciding one, by the words of its name (the service's own list) for others. */
export function lowerIsBetter(study: Pick<Study, "metric" | "direction">, metric: string): boolean {
  const words = metric.toLowerCase().replaceAll("-", "_").split("_");
  return metric === study.metric ? study.direction === "minimize" : isFirstStep(metric) || words.some((word) => shared.smallerIsBetter.includes(word));
}

/** Return why no verdict is possible while no run has finished; null once one has. */
export function nothingFinished(counts: Record<string, number>, reason: { reason: string; runs: number } | null = null): string | null {
  if ((counts["finished"] ?? 0) > 0) return null;
  const [failed, cancelled] = [counts["failed"] ?? 0, counts["cancelled"] ?? 0];
  const total = Object.values(counts).reduce((sum, number) => sum + number, 0);
  if (total === 0) return null;
  if (failed + cancelled < total) return "No run has finished yet.";
  if (failed > 0 && cancelled > 0) return `No run finished: ${failed} failed, ${cancelled} ${cancelled === 1 ? "was" : "were"} cancelled.`;
  if (failed === 0) return total === 1 ? "The only run was cancelled." : `All ${counted(total, "run")} were cancelled.`;
  const what = total === 1 ? "The only run failed" : `All ${counted(total, "run")} failed`;
  if (reason === null) return `${what}.`;
  return reason.runs === failed ? `${what}: ${sentence(reason.reason)}` : `${what}, ${counted(reason.runs, "run")} with: ${sentence(reason.reason)}`;
}
