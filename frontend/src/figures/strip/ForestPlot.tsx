import "./strip.css";
import type { Interval } from "../../api/types";
import { armColour } from "../../lib/marks";
import { counted, mean as meanText, number, percent } from "../../lib/words";
import { ArmChip } from "../../ui/marks/ArmChip";
import type { Dot } from "./DifferencePlot";
import { Dots } from "./Dots";
import { labelled, linear, type Scale } from "./scale";
import { TableScroll } from "../../ui/notes/TableScroll";

const WIDTH = 320;
const ROW = 28;
const MIDDLE = ROW / 2;

/** An arm in its rank. */
export interface RankedArm {
  position: number;
  name: string;
  seeds: readonly Dot[];
  mean: number | null;
  interval: Interval | null;
  /** The difference to the best arm, in words; empty for the best itself. */
  behind: string;
  /** The chance that its true mean is the best. */
  chance?: number | null;
  /** True if the decision rule does not tell it from the best. */
  tied: boolean;
}

function half(interval: Interval | null): number | null {
  return interval === null ? null : (interval.high - interval.low) / 2;
}

function Seeds({ arm, scale }: { arm: RankedArm; scale: Scale }) {
  const { interval, mean } = arm;
  const words = `${arm.name}: ${meanText(mean, half(interval))}, ${counted(arm.seeds.length, "seed")}`;
  return (
    <svg viewBox={`0 0 ${WIDTH} ${ROW}`} className="forest-svg" role="img" aria-label={words}>
      <Dots
        dots={arm.seeds.map(({ run, value }) => ({ run, x: scale.to(value), y: MIDDLE }))}
        className="forest-seed"
        fill={armColour(arm.position)}
        title={(at) => `seed ${arm.seeds[at]?.seed}: ${number(arm.seeds[at]?.value ?? Number.NaN)}`}
      />
      {interval === null ? null : (
        <line x1={scale.to(interval.low)} x2={scale.to(interval.high)} y1={MIDDLE} y2={MIDDLE} className="ci" />
      )}
      {mean === null ? null : <circle cx={scale.to(mean)} cy={MIDDLE} r={5} className="mean" />}
    </svg>
  );
}

/** Arms that a ranking shows while not all of them are asked for; paper always has all. */
export const FIRST_RANKS = 10;

/** Arms from best to worst: every seed, the mean with its CI, and the difference to the best. */
export function ForestPlot({ arms, metric, alone = false, whole = true }: { arms: readonly RankedArm[]; metric: string; alone?: boolean; whole?: boolean }) {
  const all = arms.flatMap(({ seeds, interval }) => [...seeds.map(({ value }) => value), ...(interval === null ? [] : [interval.low, interval.high])]);
  const scale = linear(all, 8, WIDTH - 8, 4);
  return (
    <TableScroll>
      <table className={whole ? "forest" : "forest forest-first"}>
        <caption className="visually-hidden">Arms from best to worst by {metric}</caption>
        <thead>
          <tr>
            <th scope="col">Arm</th>
            <th scope="col" title={alone ? "Every seed and the mean" : "Every seed, the mean and its 95% CI"}>
              {metric}
            </th>
            <th scope="col" className="num" title={alone ? undefined : "The mean and half the width of its 95% CI"}>
              {alone ? "Mean" : "Mean ± CI"}
            </th>
            {alone ? null : (
              <th scope="col" className="num" title="Difference to the best arm's mean">
                To the best
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {arms.map((arm, rank) => (
            // By rank: an arm that overtakes another changes what two rows say, and moves neither.
            // oxlint-disable-next-line react/no-array-index-key
            <tr key={rank} className={arm.tied ? "forest-tied" : undefined}>
              <th scope="row">
                <ArmChip position={arm.position} name={arm.name} />
              </th>
              <td>
                <Seeds arm={arm} scale={scale} />
              </td>
              {/* A number that changes is another cell: the same one, aligned at its end, would move. */}
              <td key={`mean ${arm.mean} ${arm.behind}`} className="num nowrap" title={counted(arm.seeds.length, "seed")}>
                {meanText(arm.mean, half(arm.interval))}
              </td>
              {alone ? null : (
                <td key={`behind ${arm.behind}`} className="num nowrap" title={arm.chance === null || arm.chance === undefined ? undefined : `Chance of being the best: ${percent(arm.chance)}`}>
                  {arm.behind}
                </td>
              )}
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <td />
            <td>
              <svg viewBox={`0 0 ${WIDTH} 20`} className="forest-svg" aria-hidden="true">
                {labelled(scale).map(({ at, text }) => (
                  <text key={at} x={at} y={14} className="tick-text">
                    {text}
                  </text>
                ))}
              </svg>
            </td>
            <td colSpan={alone ? 1 : 2} />
          </tr>
        </tfoot>
      </table>
    </TableScroll>
  );
}
