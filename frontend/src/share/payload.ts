import type { Summary } from "../lib/values";
import type { CompactRuns } from "../api/types";
import type { Num } from "../lib/words";

/** The curves of one metric: item i of each list belongs to one run. */
export interface SharedSeries {
  run_ids: number[];
  steps: number[][];
  values: Num[][];
}

/** What a shared file carries of a study, as the service wrote it into the file. */
export interface Shared {
  name: string;
  made: string;
  recipe: string;
  headline: string;
  state: "better" | "equivalent" | "undecided" | "cannot_be_judged" | null;
  detail: string[];
  caveats: string[];
  metric: string;
  summary: Summary;
  step_name: string;
  metrics: string[];
  arms: { position: number; name: string; parameters: Record<string, unknown> }[];
  columns: CompactRuns;
  series: Record<string, SharedSeries>;
  /** Of so many points, so few are in the file; null if all of them are. */
  thinned: number | null;
}

/** Return what the file carries. */
export function readShared(root: Document = document): Shared {
  const text = root.getElementById("study")?.textContent ?? "";
  return JSON.parse(text) as Shared;
}
