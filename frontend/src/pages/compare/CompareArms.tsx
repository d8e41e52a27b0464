import { useArmComparison } from "../../api/comparisons";
import { useStudyFigure } from "../../api/figures";
import { useRunDiff, useRunOfArm } from "../../api/diffs";
import { FigureCard } from "../../figures/FigureCard";
import { Card } from "../../parts/Card";
import { ErrorNote, Loading } from "../../parts/Notes";
import { armKey, type ArmRef } from "./address";
import { Differences } from "./Differences";
import { PairStatistics } from "./PairStatistics";

/** Every arm against the first. */
export function CompareArms({ arms }: { arms: readonly ArmRef[] }) {
  const [first, ...others] = arms;
  if (first === undefined) return null;
  return others.map((other) => <Pair key={armKey(other)} a={first} b={other} />);
}

function Pair({ a, b }: { a: ArmRef; b: ArmRef }) {
  const query = useArmComparison(a, b);
  if (query.data === undefined) {
    return query.error === null ? <Loading what="the comparison" height={240} /> : <ErrorNote error={query.error} />;
  }
  const view = query.data;
  return (
    <>
      <PairStatistics view={view} />
      <PairFigures a={a} b={b} />
      <PairDifferences a={a} b={b} names={[view.a.name, view.b.name]} />
    </>
  );
}

/** Overlaid where the arms belong to one study, side by side where they don't. */
function PairFigures({ a, b }: { a: ArmRef; b: ArmRef }) {
  if (a.study !== b.study) {
    return (
      <div className="figures">
        <ArmFigure arm={a} />
        <ArmFigure arm={b} />
      </div>
    );
  }
  return (
    <div className="figures">
      <StudyFigure study={a.study} name="curves" query={{ arms: `${a.arm},${b.arm}` }} told="Curves" />
      <StudyFigure study={a.study} name="distribution" query={{ arms: `${a.arm},${b.arm}` }} told="Distribution" />
      <StudyFigure study={a.study} name="differences" query={{ a: a.arm, b: b.arm, kind: "slopes" }} told="Pairs" />
    </div>
  );
}

function ArmFigure({ arm }: { arm: ArmRef }) {
  return <StudyFigure study={arm.study} name="distribution" query={{ arms: String(arm.arm) }} told="Distribution" />;
}

interface FigureProps {
  study: number;
  name: string;
  query: Record<string, string | number>;
  told: string;
}

function StudyFigure({ study, name, query, told }: FigureProps) {
  return <FigureCard query={useStudyFigure(study, name, query)} name={told} study={study} />;
}

function PairDifferences({ a, b, names }: { a: ArmRef; b: ArmRef; names: [string, string] }) {
  const first = useRunOfArm(a.study, a.arm).data ?? null;
  const second = useRunOfArm(b.study, b.arm).data ?? null;
  const query = useRunDiff(first, second);
  return (
    <Card title="Parameters, code, environment">
      {query.data === undefined ? (
        query.error === null ? (
          <p className="muted">Needs a finished run of either arm.</p>
        ) : (
          <ErrorNote error={query.error} />
        )
      ) : (
        <>
          <p className="muted">
            Told from the run of the lowest seed of either arm: {first} and {second}.
          </p>
          <Differences diff={query.data} a={names[0]} b={names[1]} />
        </>
      )}
    </Card>
  );
}
