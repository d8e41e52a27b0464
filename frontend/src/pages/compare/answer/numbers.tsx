import type { ArmSummary, ComparedArm, Comparison, Interval } from "../../../api/types";
import { decidingInterval } from "../../../arms/answers";
import * as words from "../../../lib/words";
import { counted, difference, differenceScale, fixed, mean, pCell } from "../../../lib/words";
import { Value } from "../../../ui/marks/Value";
import { Range } from "./Range";

function halfWidth(interval: Interval | null | undefined): number {
  return interval === null || interval === undefined ? Number.NaN : (interval.high - interval.low) / 2;
}

/** `0.938 ± 0.004`. */
export function Mean({ summary }: { summary: ArmSummary }) {
  if (summary.mean === null || summary.mean === undefined) return <span className="muted">–</span>;
  return <Value value={summary.mean} text={mean(summary.mean, halfWidth(summary.mean_interval))} />;
}

/** The ends of a difference's CI, in the metric's units. */
export function differenceEnds(view: Comparison): words.Ends | null {
  const interval = decidingInterval(view);
  return interval === null ? null : [interval.low, interval.high];
}

/** The differences besides 0 on which the verdict turns. */
function marksOf(view: Comparison): number[] {
  const margin = view.smallest_difference ?? null;
  return margin === null || view.centre === "log_ratio" ? [] : [-margin, margin];
}

/** `+0.9 points [+0.4, +1.4]`, with its mark on the line. */
export function DifferenceOf({ view, reach }: { view: Comparison; reach: number }) {
  const found = view.difference;
  if (found.mean === null || found.mean === undefined) return <span className="muted">{found.reason ?? "–"}</span>;
  const scale = differenceScale(view.unit);
  const interval = decidingInterval(view);
  const marks = marksOf(view);
  return (
    <span className="ranged">
      <span>
        <Value value={found.mean} text={difference(found.mean, differenceEnds(view), view.unit, { marks })} />
        {interval === null ? null : (
          <span className="nowrap">
            {" "}
            {words.interval(interval.low * scale, interval.high * scale, interval.level, { signed: true, marks: marks.map((mark) => mark * scale) })}
          </span>
        )}
      </span>
      {interval === null ? null : <Range mean={found.mean} interval={interval} reach={reach} />}
    </span>
  );
}

/** No number, and why on hover; the difference says it in full. */
function Without({ reason }: { reason: string | null | undefined }) {
  return (
    <span className="muted" title={reason ?? undefined}>
      –
    </span>
  );
}

/** `0.021, paired t`: the p of the test that stands beside the interval, by itself. */
export function Tested({ view }: { view: Comparison }) {
  const [test] = view.tests;
  if (test?.p === null || test?.p === undefined) return <Without reason={test?.reason} />;
  return (
    <span>
      <Value value={test.p} text={pCell(test.p)} /> <span className="muted">{test.name}</span>
    </span>
  );
}

/** `0.83 [0.62, 0.94]`: the chance that a run of the second arm lies above one of the first. */
export function Chance({ view }: { view: Comparison }) {
  const { value, interval, reason } = view.probability;
  if (value === null || value === undefined) return <Without reason={reason} />;
  return (
    <span>
      <Value value={value} text={interval === null || interval === undefined ? fixed(value, 2) : words.rounded(value, [interval.low, interval.high])} />
      {interval === null || interval === undefined ? null : (
        <span className="nowrap">
          {" "}
          ({words.interval(interval.low, interval.high, interval.level)})
        </span>
      )}
    </span>
  );
}

/** Hedges' g: the difference in standard deviations. */
export function Effect({ view }: { view: Comparison }) {
  const { hedges_g, reason } = view.effects;
  if (hedges_g === null || hedges_g === undefined) return <Without reason={reason} />;
  return <Value value={hedges_g} text={fixed(hedges_g, 2)} />;
}

/** `17.5 of 20 shared seeds`; null where the arms share none. */
export function higherIn(view: Comparison): string | null {
  const share = view.share_of_seeds;
  if (share?.value === null || share?.value === undefined) return null;
  return `${Math.round(share.value * share.n * 2) / 2} of ${counted(share.n, "paired seed")}`;
}

/** What doesn't count, and why. */
export function leftOut(arm: ComparedArm): string {
  const parts = [
    arm.failures > 0 ? `${arm.failures} failed` : "",
    arm.cancelled > 0 ? `${arm.cancelled} cancelled` : "",
    arm.missing > 0 ? `${arm.missing} without the metric` : "",
    arm.non_finite > 0 ? `${arm.non_finite} not finite` : "",
    ...(arm.excluded ?? []).map((run) => `seed ${run.seed}: ${run.reason}`),
  ].filter((part) => part !== "");
  return parts.length === 0 ? words.NOTHING : parts.join("; ");
}

/** Whether anything was left out of an arm. */
export function isWhole(arm: ComparedArm): boolean {
  return leftOut(arm) === words.NOTHING;
}
