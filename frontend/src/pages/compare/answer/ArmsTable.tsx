import { valueUsed } from "../../../lib/values";
import type { ArmSummary, ComparedArm } from "../../../api/types";
import { decidingInterval } from "../../../arms/answers";
import { level, number, sd } from "../../../lib/words";
import { Card } from "../../../ui/notes/Card";
import { ArmName } from "./ArmName";
import type { ComparedPair } from "./ArmsAnswer";
import type { NamedArm } from "../../../arms/named";
import { Chance, DifferenceOf, Effect, higherIn, isWhole, leftOut, Mean, Tested } from "./numbers";
import { reachOf } from "./Range";

interface Props {
  first: NamedArm;
  pairs: readonly ComparedPair[];
  several: boolean;
}

const NONE = <span className="muted">–</span>;

/** Three arms or more: a row each, the difference from the first beside its own numbers. */
export function ArmsTable({ first, pairs, several }: Props) {
  const [one] = pairs;
  if (one === undefined) return null;
  const { view } = one;
  const better = view.direction === null ? "" : view.direction === "maximize" ? ", ↑ better" : ", ↓ better";
  const reach = reachOf(pairs.map((pair) => decidingInterval(pair.view)));
  const whole = isWhole(view.a) && pairs.every((pair) => isWhole(pair.view.b));
  const mean = `Mean ± ${level(view.level)} CI`;
  const numbers = (arm: NamedArm, compared: ComparedArm, summary: ArmSummary, pair: ComparedPair | null) => (
    <tr key={arm.key}>
      <th scope="row">
        <ArmName arm={arm} n={compared.n} study={several} />
      </th>
      <td className="num" data-label={mean}>
        <Mean summary={summary} />
      </td>
      <td className="num" data-label="SD">
        {sd(summary.std)}
      </td>
      <td className="num" data-label="median">
        {number(summary.median)}
      </td>
      <td className="num" data-label={`minus ${first.name}`}>
        {pair === null ? <span className="muted">baseline</span> : <DifferenceOf view={pair.view} reach={reach} />}
      </td>
      <td className={pair === null ? "num nothing" : "num"} data-label="p, method">
        {pair === null ? NONE : <Tested view={pair.view} />}
      </td>
      <td className={pair === null ? "num nothing" : "num"} data-label={`P(above ${first.name})`}>
        {pair === null ? NONE : <Chance view={pair.view} />}
      </td>
      <td className={pair === null ? "num nothing" : "num"} data-label="Hedges' g">
        {pair === null ? NONE : <Effect view={pair.view} />}
      </td>
      <td className={pair === null ? "num nothing" : "num"} data-label="Higher in (ties count half)">
        {pair === null ? NONE : (higherIn(pair.view) ?? <span className="muted">no paired seeds</span>)}
      </td>
      {whole ? null : (
        <td className="num wrap" data-label="Excluded">
          {leftOut(compared)}
        </td>
      )}
    </tr>
  );
  return (
    <Card title={`${view.metric}, ${valueUsed(view.summary ?? "last")}${better}`}>
      {/* It may be wider than its card: keys scroll it too. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className="table-scroll" role="group" aria-label="Arms and their numbers" tabIndex={0}>
        <table className="table stack">
          <thead>
            <tr>
              <th scope="col">Arm</th>
              <th scope="col" className="num">{mean}</th>
              <th scope="col" className="num">SD</th>
              <th scope="col" className="num">Median</th>
              <th scope="col" className="num">minus {first.name}</th>
              <th scope="col" className="num">p, method</th>
              <th scope="col" className="num">P(above {first.name})</th>
              <th scope="col" className="num">Hedges' g</th>
              <th scope="col" className="num">Higher in (ties count half)</th>
              {whole ? null : <th scope="col" className="num">Excluded</th>}
            </tr>
          </thead>
          <tbody>
            {numbers(first, view.a, view.a.values, null)}
            {pairs.map((pair) => numbers(pair.arm, pair.view.b, pair.view.b.values, pair))}
          </tbody>
        </table>
      </div>
      {whole ? <p className="figure-notes">No runs were excluded.</p> : null}
    </Card>
  );
}
