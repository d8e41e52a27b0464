import { valueUsed } from "../../../lib/values";
import { seedsNote } from "./rules";
import type { ReactNode } from "react";
import type { Comparison } from "../../../api/types";
import { decidingInterval } from "../../../arms/answers";
import { counted, difference, sd, level, number, pValue } from "../../../lib/words";
import { Card } from "../../../ui/notes/Card";
import { ArmName } from "./ArmName";
import type { NamedArm } from "../../../arms/named";
import { Value } from "../../../ui/marks/Value";
import { Chance, differenceEnds, DifferenceOf, Effect, higherIn, isWhole, leftOut, Mean, Tested } from "./numbers";
import { reachOf } from "./Range";
import { Tests } from "./Tests";
import { TableScroll } from "../../../ui/notes/TableScroll";

interface Props {
  a: NamedArm;
  b: NamedArm;
  view: Comparison;
  /** Whether only its name shows until it is opened: one of several pairs. */
  folded: boolean;
}

interface RowProps {
  name: string;
  cells: [ReactNode, ReactNode, ReactNode];
  told: [string, string, string];
}

const NONE = <span className="muted">–</span>;

function Row({ name, cells, told }: RowProps) {
  return (
    <tr>
      <th scope="row">{name}</th>
      {cells.map((cell, at) => (
        <td key={told[at]} className={cell === NONE ? "num wrap nothing" : "num wrap"} data-label={told[at]}>
          {cell}
        </td>
      ))}
    </tr>
  );
}

/** How the seeds of two arms go together. */
function seedsTold({ difference: measured }: Comparison): string {
  const { paired, n_a, n_b, unmatched_a, unmatched_b } = measured;
  if (!paired) return "not paired";
  const apart = unmatched_a + unmatched_b;
  return `${counted(Math.min(n_a, n_b), "paired seed")}${apart === 0 ? "" : `, ${apart} without a partner`}`;
}

const POLICIES: Record<string, string> = { vary: "varied", fixed: "held fixed", free: "drawn freshly", levels: "crossed" };

/** What the sources that differ did in one of the arms: `split held fixed; init varied`. */
function did({ differing }: Comparison, arm: "a" | "b"): string {
  return (differing ?? []).map(({ source, [arm]: policy }) => `${source} ${policy === null ? "is no source" : (POLICIES[policy] ?? policy)}`).join("; ");
}

/** What the other sources did in both. */
function alike({ varied, fixed, free }: Comparison): string {
  const told = [
    ["varied", varied],
    ["held fixed", fixed],
    ["drawn freshly", free],
  ] as const;
  const said = told.flatMap(([what, names]) => (names.length === 0 ? [] : [`${what} in both: ${names.join(", ")}`]));
  return said.length === 0 ? "no source did the same in both" : said.join("; ");
}

function Numbers({ a, b, view }: Omit<Props, "folded">) {
  const better = view.direction === null ? "" : view.direction === "maximize" ? ", ↑ better" : ", ↓ better";
  const told: [string, string, string] = [a.name, b.name, "difference"];
  const median = view.difference.median;
  const spread = view.spread.p;
  const higher = higherIn(view);
  return (
    <TableScroll>
      <table className="table stack">
        <thead>
          <tr>
            <th scope="col">
              {view.metric}
              {view.summary === null ? "" : `, ${valueUsed(view.summary, "value")}`}
              {better}
            </th>
            <th scope="col" className="num">
              <ArmName arm={a} n={view.a.n} study={a.study !== b.study} />
            </th>
            <th scope="col" className="num">
              <ArmName arm={b} n={view.b.n} study={a.study !== b.study} />
            </th>
            <th scope="col" className="num">
              {b.name} − {a.name}
            </th>
          </tr>
        </thead>
        <tbody>
          <Row
            name={`Mean ± ${level(view.level)} CI`}
            told={told}
            cells={[
              <Mean key="a" summary={view.a.values} />,
              <Mean key="b" summary={view.b.values} />,
              <DifferenceOf key="d" view={view} reach={reachOf([decidingInterval(view)])} />,
            ]}
          />
          <Row name="Seeds" told={told} cells={[view.a.n, view.b.n, seedsTold(view)]} />
          {(view.differing ?? []).length === 0 ? null : (
            <Row name="Randomness sources" told={told} cells={[did(view, "a"), did(view, "b"), alike(view)]} />
          )}
          {higher === null ? null : <Row name="Higher in (ties count half)" told={told} cells={[NONE, higher, NONE]} />}
          <Row name="Test" told={told} cells={[NONE, NONE, <Tested key="p" view={view} />]} />
          <Row name={`P(${b.name} above ${a.name})`} told={told} cells={[NONE, NONE, <Chance key="c" view={view} />]} />
          <Row name="Effect size (Hedges' g)" told={told} cells={[NONE, NONE, <Effect key="g" view={view} />]} />
          <Row
            name="SD"
            told={told}
            cells={[sd(view.a.values.std), sd(view.b.values.std), spread === null ? NONE : <span key="p" className="muted">equal spread: {pValue(spread)}</span>]}
          />
          <Row
            name="Median"
            told={told}
            cells={[number(view.a.values.median), number(view.b.values.median), median === null || median === undefined ? NONE : <Value key="m" value={median} text={difference(median, differenceEnds(view), view.unit)} />]}
          />
          {isWhole(view.a) && isWhole(view.b) ? null : <Row name="Excluded" told={told} cells={[leftOut(view.a), leftOut(view.b), NONE]} />}
        </tbody>
      </table>
    </TableScroll>
  );
}

/** Two arms in numbers: a column each and the difference, then every test. */
export function PairStatistics({ folded, ...pair }: Props) {
  const title = `${pair.b.name} against ${pair.a.name}`;
  const { view } = pair;
  const unequal = seedsNote(view.n, view.a.n, view.b.n, view.paired);
  if (!folded) {
    return (
      <Card title={title}>
        {unequal === null ? null : <p className="muted">{unequal}</p>}
        <Numbers {...pair} />
        <Tests comparison={pair.view} />
      </Card>
    );
  }
  return (
    <details className="card">
      <summary>
        <strong>{title}</strong> <span className="muted">numbers, tests and effect sizes</span>
      </summary>
      <div className="folded">
        {unequal === null ? null : <p className="muted">{unequal}</p>}
        <Numbers {...pair} />
        <Tests comparison={pair.view} />
      </div>
    </details>
  );
}
