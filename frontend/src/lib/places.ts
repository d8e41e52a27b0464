import { column, numbers } from "./packed";

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

// How many runs a point of a trace of each role stands for; their ids come first in its `customdata`.
const RUNS_OF: Record<string, number> = { seeds: 1, points: 1, non_finite: 1, runs: 1, pairs: 2 };

export interface TraceMeta {
  role?: string;
  arm?: number;
}

export function metaOf(trace: Trace): TraceMeta {
  const meta = trace["meta"];
  return typeof meta === "object" && meta !== null ? (meta as TraceMeta) : {};
}

function runsOf(trace: Trace | undefined): number {
  return trace === undefined ? 0 : (RUNS_OF[metaOf(trace).role ?? ""] ?? 0);
}

/** The runs that a point stands for. */
export function runsOfPoint(trace: Trace | undefined, customdata: ArrayLike<number> | undefined): number[] {
  return Array.from({ length: runsOf(trace) }, (_, place) => Number(customdata?.[place])).filter(Number.isSafeInteger);
}

function stretchesOf(trace: Trace, place: number, into: Map<number, Stretch[]>): void {
  const runs = column(trace["customdata"], place);
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
  for (const trace of data) for (let place = 0; place < runsOf(trace); place += 1) stretchesOf(trace, place, places);
  return places;
}

/** How many marks a figure's traces draw; lines, however long, are one. */
export function marksOf(data: readonly Trace[]): number {
  const marked = data.filter((trace) => String(trace["mode"] ?? "").includes("markers"));
  return marked.reduce((sum, trace) => sum + numbers(trace["x"]).length, 0);
}
