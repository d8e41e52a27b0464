import { Link } from "react-router";
import type { StudyRef, Used as UsedView } from "../../api/types";
import { count, counted } from "../../lib/words";

const SHOWN = 3;

/** Studies by name, the newest first; those beyond the first few are counted. */
export function Studies({ studies, total }: { studies: readonly StudyRef[]; total: number }) {
  const shown = studies.slice(0, SHOWN);
  const rest = total - shown.length;
  return (
    <ul className="study-refs">
      {shown.map((study) => (
        <li key={study.id}>
          <Link to={`/studies/${study.id}`} className="cut" title={study.name}>
            {study.name}
          </Link>
        </li>
      ))}
      {rest > 0 ? (
        <li className="muted" title={studies.slice(SHOWN).map((study) => study.name).join("\n")}>
          and {counted(rest, "other")}
        </li>
      ) : null}
    </ul>
  );
}

/** Which studies trained on something, and in how many runs. */
export function Used({ used }: { used: UsedView }) {
  if (used.study_count === 0) return <span className="muted">not used yet</span>;
  return (
    <div className="used">
      <Studies studies={used.studies} total={used.study_count} />
      <span className="muted">
        {count(used.runs)} {used.runs === 1 ? "run" : "runs"}
      </span>
    </div>
  );
}
