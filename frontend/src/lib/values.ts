/** A parameter's value as it stands in a table: text plain, everything else as JSON. */
export function shown(value: unknown): string {
  if (value === undefined) return "–";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** `hidden 64, rate 0.001`, for what differs from the defaults. */
export function differing(parameters: Record<string, unknown>): string {
  const entries = Object.entries(parameters);
  return entries.length === 0 ? "defaults" : entries.map(([name, value]) => `${name} ${shown(value)}`).join(", ");
}

/** The first 10 characters of a digest. */
export function digestHead(digest: string): string {
  return digest.slice(0, 10);
}

/** Colour of a digest's cell: equal digests have equal colours, so two strips can be matched by eye. */
export function digestColour(digest: string): string {
  const hue = (Number.parseInt(digest.slice(0, 4), 16) / 0xffff) * 360;
  const light = 45 + (Number.parseInt(digest.slice(4, 6), 16) / 0xff) * 25;
  return `hsl(${hue.toFixed(0)} 45% ${light.toFixed(0)}%)`;
}

/** The first characters of a text, none of them cut in half. */
export function start(text: string, most: number): string {
  const characters = Array.from(text);
  return characters.length <= most ? text : `${characters.slice(0, most - 1).join("")}…`;
}

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
