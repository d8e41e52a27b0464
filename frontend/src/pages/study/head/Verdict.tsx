import { Link } from "react-router";
import { useFamily, useVariance } from "../../../api/analysis";
import type { Comparison, Family, Study } from "../../../api/types";
import { start } from "../../../lib/values";
import { count, counted, number, toFloat } from "../../../lib/words";
import { ArmMark } from "../../../ui/marks/ArmChip";
import { Value } from "../../../ui/marks/Value";
import { ErrorNote } from "../../../ui/notes/Notes";
import { crosses, firstSentence, nothingFinished } from "../design";
import type { Summary } from "../runs/rows";

const SHOWN = 6;

/** What stands after the headline: conditions, what was left out, what it would take. */
function rest(view: Comparison): string {
  return view.sentence.startsWith(view.headline) ? view.sentence.slice(view.headline.length).trim() : view.sentence;
}

function Line({ study, view, first }: { study: Study; view: Comparison; first: boolean }) {
  const { a, b } = view;
  const { caveats, winner } = view.comparison.verdict;
  // Between arms that train the same there is no winner, only luck and what is seeded.
  const won = view.same_variant ? null : [a, b].find((arm) => arm.name === winner)?.position;
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
    return <p className="verdict">No finished run gave a finite value of {study.metric}.</p>;
  }
  const several = arm.sd !== null;
  return (
    <p className="verdict">
      {study.metric} <Value value={arm.mean} text={number(arm.mean)} /> on average over {counted(arm.n, "seed")}
      {several ? (
        <>
          , standard deviation <Value value={arm.sd} text={number(toFloat(arm.sd))} />
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

/** What a design asks, answered: how far runs spread, where that comes from, whether luck looks like a difference. */
function Answers({ answers }: { answers: readonly string[] }) {
  return (
    <ul className="verdicts">
      {answers.map((answer) => {
        const [first, more] = firstSentence(answer);
        return (
          <li key={answer}>
            <p className="verdict">{first}</p>
            {more === "" ? null : <p className="muted">{more}</p>}
          </li>
        );
      })}
    </ul>
  );
}

/** One arm whose sources are crossed answers where its spread comes from. */
function Crossed(props: Props) {
  const spread = useVariance(props.study.id, { metric: props.metric, summary: props.summary }, true);
  const found = spread.data ?? [];
  return found.length === 0 ? <OneArm study={props.study} /> : <Answers answers={found.map((one) => one.headline)} />;
}

interface AnswerProps extends Props {
  counts: Record<string, number>;
  /** Why most of the failed runs failed. */
  reason: { reason: string; runs: number } | null;
}

/** The answer in a sentence a person may quote: before any figure. */
export function Verdict({ counts, reason, ...props }: AnswerProps) {
  const nothing = nothingFinished(counts);
  if (nothing !== null) return <Nothing told={nothing} failed={counts["failed"] ?? 0} reason={reason} />;
  const alone = props.study.arms.length === 1 && !crosses(props.study);
  return (
    <>
      {props.study.arms.length > 1 ? <Several {...props} /> : alone ? <OneArm study={props.study} /> : <Crossed {...props} />}
      {alone ? null : <NotStated {...props} />}
    </>
  );
}

/** Says that what decides is not what is shown, where somebody chose to see another number. */
function NotStated({ study, metric, summary }: Props) {
  if (metric !== study.metric) return <p className="note">{metric} was not the metric stated to decide: that is {study.metric}.</p>;
  if (summary === study.summary) return null;
  return (
    <p className="note">
      The {summary} epoch was not stated to decide: that is the {study.summary} epoch.
    </p>
  );
}

function Nothing({ told, failed, reason }: { told: string; failed: number; reason: AnswerProps["reason"] }) {
  return (
    <>
      <p className="verdict">{told}</p>
      {reason === null || failed === 0 ? null : (
        <p className="danger-text">
          <span>
            {reason.runs === failed ? "" : `${count(reason.runs)} of ${count(failed)} failed so: `}
            {start(reason.reason, 400)}
          </span>
        </p>
      )}
    </>
  );
}

/** What the design asks first; where that is not which mean is higher, the means are a detail. */
function Several({ study, metric, summary }: Props) {
  const query = useFamily(study.id, { metric, summary }, true);
  const family = query.data;
  if (family === undefined) {
    return query.error === null ? <p className="verdict verdict-coming muted">Comparing …</p> : <ErrorNote error={query.error} />;
  }
  const answers = family.answers ?? [];
  if (answers.length === 0) return <Comparisons study={study} family={family} />;
  return (
    <>
      <Answers answers={answers} />
      <details>
        <summary>Arms compared by their means</summary>
        <Comparisons study={study} family={family} />
      </details>
    </>
  );
}

function Comparisons({ study, family }: { study: Study; family: Family }) {
  const { comparisons, m, correction } = family;
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
          {counted(m, "comparison")} with {family.baseline}, corrected ({correction}).
        </p>
      ) : null}
    </>
  );
}
