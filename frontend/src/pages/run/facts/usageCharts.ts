import type { Usage } from "../../../api/types";
import { count, number, percent, size } from "../../../lib/words";

/** One chart of the System card: a line over time, and the number that sums it up. */
export interface UsageChart {
  name: string;
  /** Seconds and amounts, in the order of time; moments without an amount are left out. */
  points: readonly (readonly [number, number])[];
  /** The end of the axis: at least the largest amount. */
  top: number;
  /** The peak, or of what was moved the sum. */
  figure: string;
}

type Column = Exclude<keyof Usage["samples"], "time">;

interface Kind {
  column: Column;
  name: string;
  text: (value: number) => string;
  /** The end of the axis where the amounts stay below it. */
  least?: number;
}

function cores(value: number): string {
  return `${number(value)} ${value === 1 ? "core" : "cores"}`;
}

const KINDS: readonly Kind[] = [
  { column: "cpu", name: "CPU", text: cores, least: 1 },
  { column: "memory_bytes", name: "Memory", text: size },
  { column: "gpu", name: "GPU", text: percent, least: 1 },
  { column: "gpu_memory_bytes", name: "GPU memory", text: size },
  { column: "read_bytes", name: "Read from disk", text: size },
  { column: "written_bytes", name: "Written to disk", text: size },
  { column: "threads", name: "Threads", text: count },
];
const PEAKS = new Set<string>(["cpu", "memory_bytes", "threads", "gpu", "gpu_memory_bytes"]);

/** Return the charts of what was sampled; what the system did not say, and what never was more than nothing, has none. */
export function usageCharts({ samples, peaks }: Usage): UsageChart[] {
  return KINDS.flatMap(({ column, name, text, least = 0 }) => {
    const points = samples.time.flatMap((time, at) => {
      const value = samples[column]?.[at];
      return value === null || value === undefined ? [] : [[time, value] as const];
    });
    const largest = Math.max(0, ...points.map(([, value]) => value));
    if (points.length === 0 || (largest === 0 && !PEAKS.has(column))) return [];
    const peak = PEAKS.has(column) ? (peaks[column as keyof Usage["peaks"]] ?? largest) : largest;
    const figure = PEAKS.has(column) ? `peak ${text(peak)}` : `${text(peak)} in all`;
    return [{ name, points, top: Math.max(largest, least) || 1, figure }];
  });
}
