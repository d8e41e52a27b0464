import type { ArmSummary, ComparedArm, Comparison, Interval } from "../../api/types";
import { difference, percent, plural, short, supportedDecimals, withSpread } from "../../format/numbers";
import { ArmChip } from "../../parts/ArmChip";
import { Card } from "../../parts/Card";
import { Value } from "../../parts/Value";
import { Tests } from "./Tests";

function halfWidth(interval: Interval | null | undefined): number {
  return interval === null || interval === undefined ? Number.NaN : (interval.high - interval.low) / 2;
}

function Mean({ summary }: { summary: ArmSummary }) {
  if (summary.mean === null || summary.mean === undefined) return <span className="muted">–</span>;
  return <Value value={summary.mean} text={withSpread(summary.mean, halfWidth(summary.mean_interval))} />;
}

function Difference({ view }: { view: Comparison }) {
  const found = view.comparison.difference;
  if (found.mean === null || found.mean === undefined) return <span className="muted">{found.reason ?? "–"}</span>;
  const scale = view.unit === "share" ? 100 : 1;
  const decimals = supportedDecimals(halfWidth(found.interval) * scale);
  const range =
    found.interval === null || found.interval === undefined
      ? ""
      : ` [${difference(found.interval.low, view.unit, decimals).split(" ")[0]}, ${difference(found.interval.high, view.unit, decimals).split(" ")[0]}]`;
  return <Value value={found.mean} text={`${difference(found.mean, view.unit, decimals)}${range}`} />;
}

function leftOut(arm: ComparedArm): string {
  const parts = [
    arm.failures > 0 ? `${arm.failures} failed` : "",
    arm.missing > 0 ? `${arm.missing} without the metric` : "",
    arm.non_finite > 0 ? `${arm.non_finite} not finite` : "",
    ...(arm.excluded ?? []).map((run) => `seed ${run.seed}: ${run.reason}`),
  ].filter((part) => part !== "");
  return parts.length === 0 ? "nothing" : parts.join("; ");
}

function Name({ arm }: { arm: ComparedArm }) {
  return (
    <>
      <ArmChip position={arm.position ?? 0} name={arm.name} /> <span className="muted nowrap">{plural(arm.n, "seed")}</span>
    </>
  );
}

/** Two arms in numbers: the verdict, then a column each and the difference. */
export function PairStatistics({ view }: { view: Comparison }) {
  const { comparison } = view;
  const better = view.direction === null ? "" : view.direction === "maximize" ? ", ↑ better" : ", ↓ better";
  const share = comparison.share_of_seeds;
  return (
    <Card title={`${view.b.name} against ${view.a.name}`}>
      <p className="verdict">{view.headline}</p>
      <p className="muted">{view.sentence.slice(view.headline.length).trim()}</p>
      <div className="table-scroll">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">
                {view.metric}
                {view.summary === null ? "" : `, ${view.summary}`}
                {better}
              </th>
              <th scope="col" className="num">
                <Name arm={view.a} />
              </th>
              <th scope="col" className="num">
                <Name arm={view.b} />
              </th>
              <th scope="col" className="num">
                Difference
              </th>
            </tr>
          </thead>
          <tbody>
            <tr>
              <th scope="row">mean, {percent(view.level)} interval</th>
              <td className="num">
                <Mean summary={comparison.a} />
              </td>
              <td className="num">
                <Mean summary={comparison.b} />
              </td>
              <td className="num">
                <Difference view={view} />
              </td>
            </tr>
            <tr>
              <th scope="row">standard deviation</th>
              <td className="num">{short(comparison.a.std)}</td>
              <td className="num">{short(comparison.b.std)}</td>
              <td className="num muted">{comparison.spread.p === null ? "" : `equal spread: p ${short(comparison.spread.p)}`}</td>
            </tr>
            <tr>
              <th scope="row">median</th>
              <td className="num">{short(comparison.a.median)}</td>
              <td className="num">{short(comparison.b.median)}</td>
              <td className="num">{comparison.difference.median === null ? "" : difference(comparison.difference.median ?? Number.NaN, view.unit)}</td>
            </tr>
            {share?.value === null || share?.value === undefined ? null : (
              <tr>
                <th scope="row">higher in (a tie counts half)</th>
                <td className="num muted">–</td>
                <td className="num">
                  {Math.round(share.value * share.n * 2) / 2} of {plural(share.n, "shared seed")}
                </td>
                <td className="num muted">–</td>
              </tr>
            )}
            <tr>
              <th scope="row">left out</th>
              <td className="num wrap">{leftOut(view.a)}</td>
              <td className="num wrap">{leftOut(view.b)}</td>
              <td className="num muted">–</td>
            </tr>
          </tbody>
        </table>
      </div>
      <Tests comparison={comparison} />
    </Card>
  );
}
