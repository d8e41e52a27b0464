import type { ArmSummary, ComparedArm } from "../../../api/types";
import { level, number } from "../../../lib/words";
import { Card } from "../../../ui/notes/Card";
import { ArmName } from "../ArmName";
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
  const reach = reachOf(pairs.map((pair) => pair.view.comparison.difference.interval));
  const whole = isWhole(view.a) && pairs.every((pair) => isWhole(pair.view.b));
  const mean = `mean, ${level(view.level)} interval`;
  const numbers = (arm: NamedArm, compared: ComparedArm, summary: ArmSummary, pair: ComparedPair | null) => (
    <tr key={arm.key}>
      <th scope="row">
        <ArmName arm={arm} n={compared.n} study={several} />
      </th>
      <td className="num" data-label={mean}>
        <Mean summary={summary} />
      </td>
      <td className="num" data-label="sd">
        {number(summary.std)}
      </td>
      <td className="num" data-label="median">
        {number(summary.median)}
      </td>
      <td className="num" data-label={`minus ${first.name}`}>
        {pair === null ? <span className="muted">compared with</span> : <DifferenceOf view={pair.view} reach={reach} />}
      </td>
      <td className={pair === null ? "num nothing" : "num"} data-label="p, method">
        {pair === null ? NONE : <Tested view={pair.view} />}
      </td>
      <td className={pair === null ? "num nothing" : "num"} data-label={`probability above ${first.name}`}>
        {pair === null ? NONE : <Chance view={pair.view} />}
      </td>
      <td className={pair === null ? "num nothing" : "num"} data-label="Hedges' g">
        {pair === null ? NONE : <Effect view={pair.view} />}
      </td>
      <td className={pair === null ? "num nothing" : "num"} data-label="higher in (a tie counts half)">
        {pair === null ? NONE : (higherIn(pair.view) ?? <span className="muted">no shared seeds</span>)}
      </td>
      {whole ? null : (
        <td className="num wrap" data-label="left out">
          {leftOut(compared)}
        </td>
      )}
    </tr>
  );
  return (
    <Card title={`${view.metric}, ${view.summary ?? "last"} epoch${better}`}>
      <div className="table-scroll">
        <table className="table stack">
          <thead>
            <tr>
              <th scope="col">Arm</th>
              <th scope="col" className="num">{mean}</th>
              <th scope="col" className="num">sd</th>
              <th scope="col" className="num">median</th>
              <th scope="col" className="num">minus {first.name}</th>
              <th scope="col" className="num">p, method</th>
              <th scope="col" className="num">probability above {first.name}</th>
              <th scope="col" className="num">Hedges' g</th>
              <th scope="col" className="num">higher in (a tie counts half)</th>
              {whole ? null : <th scope="col" className="num">left out</th>}
            </tr>
          </thead>
          <tbody>
            {numbers(first, view.a, view.comparison.a, null)}
            {pairs.map((pair) => numbers(pair.arm, pair.view.b, pair.view.comparison.b, pair))}
          </tbody>
        </table>
      </div>
      {whole ? <p className="figure-notes">Nothing was left out.</p> : null}
    </Card>
  );
}
