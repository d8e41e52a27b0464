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

/** Return how many runs each point of a trace stands for. */
export function runsOf(trace: Trace | undefined): number {
  return trace === undefined ? 0 : (RUNS_OF[metaOf(trace).role ?? ""] ?? 0);
}

/** The runs that a point stands for. */
export function runsOfPoint(trace: Trace | undefined, customdata: ArrayLike<number> | undefined): number[] {
  return Array.from({ length: runsOf(trace) }, (_, place) => Number(customdata?.[place])).filter(Number.isSafeInteger);
}

/** Where runs lie in a figure. */
export interface Places {
  /** Runs in the order in which the figure has them. */
  runs: readonly number[];
  of: (run: number) => readonly Stretch[];
}

/** Trace, first point, and the point after the last. */
type Bounds = readonly [trace: number, start: number, end: number];

function boundsOf(data: readonly Trace[]): Map<number, Bounds[]> {
  const bounds = new Map<number, Bounds[]>();
  data.forEach((trace, at) => {
    for (let place = 0; place < runsOf(trace); place += 1) {
      const runs = column(trace["customdata"], place);
      for (let start = 0, end = 1; end <= runs.length; end += 1) {
        const run = runs[start];
        if (end < runs.length && runs[end] === run) continue;
        if (run !== undefined && Number.isFinite(run)) {
          const known = bounds.get(run);
          if (known === undefined) bounds.set(run, [[at, start, end]]);
          else known.push([at, start, end]);
        }
        start = end;
      }
    }
  });
  return bounds;
}

/** Find every run's stretches in a figure's traces; a run's points are copied out only when it is asked for. */
export function placesOfRuns(data: readonly Trace[]): Places {
  const bounds = boundsOf(data);
  const unpacked = new Map<number, { x: ArrayLike<unknown>; y: ArrayLike<unknown> }>();
  const pointsOf = (at: number) => {
    const points = unpacked.get(at) ?? { x: numbers(data[at]?.["x"]), y: numbers(data[at]?.["y"]) };
    unpacked.set(at, points);
    return points;
  };
  const stretch = ([at, start, end]: Bounds): Stretch => {
    const trace = data[at] ?? {};
    return {
      xaxis: String(trace["xaxis"] ?? "x"),
      yaxis: String(trace["yaxis"] ?? "y"),
      line: String(trace["mode"] ?? "lines").includes("lines"),
      arm: metaOf(trace).arm ?? 0,
      x: Array.prototype.slice.call(pointsOf(at).x, start, end),
      y: Array.prototype.slice.call(pointsOf(at).y, start, end),
    };
  };
  return { runs: [...bounds.keys()], of: (run) => (bounds.get(run) ?? []).map(stretch) };
}

/** How many marks a figure's traces draw; lines, however long, are one. */
export function marksOf(data: readonly Trace[]): number {
  const marked = data.filter((trace) => String(trace["mode"] ?? "").includes("markers"));
  return marked.reduce((sum, trace) => sum + numbers(trace["x"]).length, 0);
}
