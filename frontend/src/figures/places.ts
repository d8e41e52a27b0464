import { firstColumn, numbers } from "./packed";

/** Where a run lies in a figure: one stretch of points on one pair of axes. */
export interface Stretch {
  xaxis: string;
  yaxis: string;
  line: boolean;
  arm: number;
  x: unknown[];
  y: unknown[];
}

export type Trace = Record<string, unknown>;

// Traces of these roles carry the run's id first in their `customdata`.
const OF_RUNS = new Set(["seeds", "points", "non_finite", "runs"]);

export interface TraceMeta {
  role?: string;
  arm?: number;
}

export function metaOf(trace: Trace): TraceMeta {
  const meta = trace["meta"];
  return typeof meta === "object" && meta !== null ? (meta as TraceMeta) : {};
}

/** Whether the points of a trace stand for runs. */
export function showsRuns(trace: Trace | undefined): boolean {
  return trace !== undefined && OF_RUNS.has(metaOf(trace).role ?? "");
}

function stretchesOf(trace: Trace, into: Map<number, Stretch[]>): void {
  const runs = firstColumn(trace["customdata"]);
  const x = numbers(trace["x"]);
  const y = numbers(trace["y"]);
  let start = 0;
  for (let end = 1; end <= runs.length; end += 1) {
    if (end < runs.length && runs[end] === runs[start]) continue;
    const run = runs[start];
    if (run !== undefined && Number.isFinite(run)) {
      const stretch: Stretch = {
        xaxis: String(trace["xaxis"] ?? "x"),
        yaxis: String(trace["yaxis"] ?? "y"),
        line: String(trace["mode"] ?? "lines").includes("lines"),
        arm: metaOf(trace).arm ?? 0,
        x: Array.prototype.slice.call(x, start, end),
        y: Array.prototype.slice.call(y, start, end),
      };
      into.set(run, [...(into.get(run) ?? []), stretch]);
    }
    start = end;
  }
}

/** Every run's stretches in a figure's traces, by run. */
export function placesOfRuns(data: readonly Trace[]): Map<number, Stretch[]> {
  const places = new Map<number, Stretch[]>();
  for (const trace of data) if (showsRuns(trace)) stretchesOf(trace, places);
  return places;
}
