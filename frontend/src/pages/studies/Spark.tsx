import type { Arm } from "../../api/types";
import { armColour } from "../../lib/marks";
import { number, toFloat } from "../../lib/words";

const WIDTH = 140;
const ROW = 10;
const EDGE = 4;
const MOST_ARMS = 4;

/** Every seed of the first arms as a point on one scale: the spread at a glance. */
export function Spark({ arms, metric }: { arms: readonly Arm[]; metric: string }) {
  const shown = arms.slice(0, MOST_ARMS).map((arm) => ({ arm, values: arm.values.map(toFloat).filter(Number.isFinite) }));
  const all = shown.flatMap(({ values }) => values);
  // The room that values will take is kept, so that the first one moves nothing.
  if (all.length === 0) {
    return (
      <svg className="spark" width={WIDTH} height={ROW * shown.length} role="img" aria-label="no values yet">
        <line className="spark-none" x1={EDGE} x2={3 * EDGE} y1={ROW / 2} y2={ROW / 2} />
      </svg>
    );
  }
  const low = Math.min(...all);
  const high = Math.max(...all);
  // Halved: the distance of two numbers may be too large for a number.
  const place = (value: number) => EDGE + (high === low ? 0.5 : (value / 2 - low / 2) / (high / 2 - low / 2)) * (WIDTH - 2 * EDGE);
  return (
    <svg className="spark" width={WIDTH} height={ROW * shown.length} role="img" aria-label={`${metric} of every seed, from ${number(low)} to ${number(high)}`}>
      <title>{`${metric} from ${number(low)} to ${number(high)}`}</title>
      {shown.map(({ arm, values }, row) =>
        values.map((value, at) => (
          // Values have no identity of their own here: their place in the list is it.
          <circle key={at} cx={place(value)} cy={ROW * row + ROW / 2} r={2.5} fill={armColour(arm.position)} fillOpacity={0.55} />
        )),
      )}
    </svg>
  );
}
