import type { Interval } from "../../../api/types";

interface Props {
  mean: number;
  interval: Interval;
  /** How far the scale reaches to either side of no difference, so that several ranges share it. */
  reach: number;
}

const WIDTH = 120;

/** A difference with its interval on a line with no difference in the middle; the numbers beside it say the same. */
export function Range({ mean, interval, reach }: Props) {
  const at = (value: number) => WIDTH / 2 + Math.max(-1, Math.min(1, value / reach)) * (WIDTH / 2 - 6);
  return (
    <svg className="range" viewBox={`0 0 ${WIDTH} 16`} width={WIDTH} height="16" aria-hidden="true">
      <line x1={WIDTH / 2} x2={WIDTH / 2} y1="0" y2="16" className="range-zero" />
      <line x1={at(interval.low)} x2={at(interval.high)} y1="8" y2="8" className="range-line" />
      <circle cx={at(mean)} cy="8" r="4" className="range-mean" />
    </svg>
  );
}

/** The reach that shows all of these intervals. */
export function reachOf(intervals: readonly (Interval | null | undefined)[]): number {
  const ends = intervals.flatMap((interval) => (interval === null || interval === undefined ? [] : [Math.abs(interval.low), Math.abs(interval.high)]));
  return Math.max(...ends.filter((end) => Number.isFinite(end)), 0) || 1;
}
