/** Number of a run's series that statistics use; `backend/seedspread/summaries.py` computes each. */
export type Summary = "last" | "best" | "area";

const SUMMARIES: readonly Summary[] = ["last", "best", "area"];

/** Return a summary value in words: "last epoch", "area under the curve". */
export function valueUsed(summary: string, step = "epoch"): string {
  return summary === "area" ? "area under the curve" : `${summary} ${step}`;
}

/** Return the first of these texts that names a summary value. */
export function summaryOf(...texts: readonly (string | null | undefined)[]): Summary {
  const known = texts.flatMap((text) => SUMMARIES.filter((summary) => summary === text));
  return known[0] ?? "last";
}

/** Return the choices of a summary value. */
export function summaryChoices(step = "epoch"): { value: Summary; name: string }[] {
  return SUMMARIES.map((value) => ({ value, name: valueUsed(value, step) }));
}
