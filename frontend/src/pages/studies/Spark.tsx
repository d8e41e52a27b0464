import type { Arm, StudyRow } from "../../api/types";
import { armColour } from "../../lib/marks";
import { number, toFloat } from "../../lib/words";

const WIDTH = 140;
const ROW = 10;
const EDGE = 4;
const MOST_ARMS = 4;

function bestFirst(arms: readonly Arm[], direction: StudyRow["direction"]): Arm[] {
  if (arms.length <= MOST_ARMS) return [...arms];
  const sign = direction === "minimize" ? 1 : -1;
  const key = (arm: Arm) => (Number.isFinite(toFloat(arm.mean)) ? sign * toFloat(arm.mean) : Infinity);
  return arms.toSorted((a, b) => key(a) - key(b)).slice(0, MOST_ARMS);
}

/** Draw every seed of up to four arms on one scale; of more arms, those with the best means. */
export function Spark({ arms, metric, direction }: { arms: readonly Arm[]; metric: string; direction: StudyRow["direction"] }) {
  const shown = bestFirst(arms, direction).map((arm) => ({ arm, values: arm.values.map(toFloat).filter(Number.isFinite) }));
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
