import { Link } from "react-router";
import { useFamily } from "../../api/comparisons";
import { useVariance } from "../../api/findings";
import type { Comparison, Study } from "../../api/types";
import { plural, short, toFloat } from "../../format/numbers";
import { ArmMark } from "../../parts/ArmChip";
import { ErrorNote } from "../../parts/Notes";
import { Value } from "../../parts/Value";
import { tellsSources } from "./design";
import type { Summary } from "./rows";

const SHOWN = 6;

/** What stands after the headline: conditions, what was left out, what it would take. */
function rest(view: Comparison): string {
  return view.sentence.startsWith(view.headline) ? view.sentence.slice(view.headline.length).trim() : view.sentence;
}

function Line({ study, view, first }: { study: Study; view: Comparison; first: boolean }) {
  const { a, b } = view;
  const { caveats, winner } = view.comparison.verdict;
  const won = [a, b].find((arm) => arm.name === winner)?.position;
  return (
    <li>
      <p className={first ? "verdict" : "verdict-more"}>
        {won === null || won === undefined ? null : <ArmMark position={won} size={14} />} {view.headline}
      </p>
      {first ? <p className="muted">{rest(view)}</p> : null}
      {first && caveats.length > 0 ? (
        <ul className="caveats">
          {caveats.map((caveat) => (
            <li key={caveat.code}>{caveat.text}</li>
          ))}
        </ul>
      ) : null}
      {first && a.position !== null && b.position !== null ? (
        <Link to={`/compare?arms=${study.id}.${a.position},${study.id}.${b.position}`}>Compare the two in detail</Link>
      ) : null}
    </li>
  );
}

function OneArm({ study }: { study: Study }) {
  const arm = study.arms[0];
  if (arm === undefined || arm.n === 0 || arm.mean === null) {
    return <p className="verdict">The spread of {study.metric} stands here once runs have finished.</p>;
  }
  const several = arm.sd !== null;
  return (
    <p className="verdict">
      {study.metric} <Value value={arm.mean} text={short(arm.mean)} /> on average over {plural(arm.n, "seed")}
      {several ? (
        <>
          , standard deviation <Value value={arm.sd} text={short(toFloat(arm.sd))} />
        </>
      ) : null}
      .
    </p>
  );
}

interface Props {
  study: Study;
  metric: string;
  summary: Summary;
}

/** A study that asks where its spread comes from answers that first. */
function SpreadFirst({ study, metric, summary }: Props) {
  const spread = useVariance(study.id, { metric, summary }, true);
  const found = spread.data ?? [];
  const several = study.arms.length > 1;
  if (found.length === 0) {
    return several ? <Comparisons study={study} metric={metric} summary={summary} /> : <OneArm study={study} />;
  }
  return (
    <>
      {found.map((one) => (
        <p key={one.variant} className="verdict">
          {found.length > 1 ? `${one.variant}: ` : ""}
          {one.sentence}
        </p>
      ))}
      {several ? (
        <details>
          <summary>Arms compared by their means</summary>
          <Comparisons study={study} metric={metric} summary={summary} />
        </details>
      ) : null}
    </>
  );
}

/** The answer in a sentence a person may quote: before any figure. */
export function Verdict({ counts, ...props }: Props & { counts: Record<string, number> }) {
  const total = Object.values(counts).reduce((sum, number) => sum + number, 0);
  if (total > 0 && counts["cancelled"] === total) {
    return <p className="verdict">{total === 1 ? "The only run was cancelled." : `All ${plural(total, "run")} were cancelled.`}</p>;
  }
  if (tellsSources(props.study)) return <SpreadFirst {...props} />;
  return props.study.arms.length < 2 ? <OneArm study={props.study} /> : <Comparisons {...props} />;
}

function Comparisons({ study, metric, summary }: Props) {
  const family = useFamily(study.id, { metric, summary }, true);
  if (family.data === undefined) {
    return family.error === null ? <p className="verdict muted">Comparing …</p> : <ErrorNote error={family.error} />;
  }
  const { comparisons, m, correction } = family.data;
  return (
    <>
      <ul className="verdicts">
        {comparisons.slice(0, SHOWN).map(({ comparison }, index) => (
          <Line key={comparison.b.name} study={study} view={comparison} first={index === 0} />
        ))}
      </ul>
      {comparisons.length > SHOWN ? <p className="muted">and {comparisons.length - SHOWN} more below.</p> : null}
      {m > 1 ? (
        <p className="muted">
          {plural(m, "comparison")} with {family.data.baseline}, corrected ({correction}).
        </p>
      ) : null}
    </>
  );
}
