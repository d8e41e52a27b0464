import type { Study } from "../../api/types";
import { count, counted, sd, stated } from "../../lib/words";
import { differing, start } from "../../lib/values";
import { ArmChip } from "../../ui/marks/ArmChip";
import { Value, When } from "../../ui/marks/Value";

/** Mean and standard deviation, the mean rounded to what the deviation lets one see. */
function ArmNumbers({ arm, of }: { arm: Study["arms"][number]; of: string | null }) {
  if (arm.mean === null) return null;
  return (
    <span>
      {of === null ? "" : `${of} `}
      mean <Value value={arm.mean} />
      {arm.sd === null ? null : (
        <>
          {" "}
          (SD <Value value={arm.sd} text={sd(arm.sd)} />)
        </>
      )}
    </span>
  );
}

/** What the study asks, in two lines: recipe, rule and arms; `named` says of what the arms' means are. */
export function StudyFacts({ study, named }: { study: Study; named: boolean }) {
  const better = study.direction === "maximize" ? "↑ better" : "↓ better";
  const rule =
    study.smallest_difference === null
      ? "no smallest difference stated"
      : `rule: ≥ ${stated(study.smallest_difference, study.unit)}`;
  return (
    <div className="facts">
      <p>
        <span>{study.recipe}</span>
        <span>
          decided by <strong>{study.metric}</strong>, {study.summary} epoch, {better}
        </span>
        <span>{rule}</span>
        <span>
          submitted <When at={study.created_at} />
        </span>
        {study.tags.map((tag) => (
          <span key={tag} className="tag">
            {tag}
          </span>
        ))}
      </p>
      <ul className="arm-list">
        {study.arms.map((arm) => (
          <li key={arm.position}>
            <ArmChip position={arm.position} name={arm.name} />
            <span className="muted cut" title={differing(arm.differs)}>
              {differing(arm.differs)}
            </span>
            <span className="muted nowrap">
              {arm.mean === null || arm.n === arm.runs ? "" : `${count(arm.n)} of `}
              {counted(arm.runs, "seed")}
              {arm.mean === null ? "" : ","}
            </span>
            <ArmNumbers arm={arm} of={named ? study.metric : null} />
          </li>
        ))}
      </ul>
      {study.recipe_changed ? (
        <p className="note">The recipe's code was changed since this study was submitted; new runs would train other code.</p>
      ) : null}
      {study.notes === "" ? null : <StudyNotes text={study.notes} />}
    </div>
  );
}

const SHORT_NOTES = 400;

/** What somebody wrote about the study; long notes are opened where they stand, so that the figures stay in sight. */
function StudyNotes({ text }: { text: string }) {
  if (text.length <= SHORT_NOTES) return <p className="study-notes">{text}</p>;
  return (
    <details className="study-notes">
      <summary>{start(text, SHORT_NOTES / 2)}</summary>
      {text}
    </details>
  );
}
