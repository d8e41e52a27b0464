import { Link } from "react-router";
import type { StudySummary, StudyRow } from "../../api/types";
import { counted } from "../../lib/words";
import { Icon, type IconName } from "../../ui/marks/Icon";
import { StateMark } from "../../ui/marks/StateMark";

type Found = StudySummary["attention"];

/** The sign of the gravest finding, as on the study's own page. */
export function gravest(found: Found): { sign: IconName; red: boolean; told: string } | null {
  if (found.errors > 0) return { sign: "close", red: true, told: "including errors" };
  if (found.warnings > 0) return { sign: "warning", red: false, told: "including warnings" };
  return found.notices > 0 ? { sign: "notice", red: false, told: "notices" } : null;
}

function Findings({ study, found }: { study: StudyRow; found: Found }) {
  const grave = gravest(found);
  const number = found.errors + found.warnings + found.notices;
  if (grave === null) return <span title={found.first ?? undefined}>not audited</span>;
  return (
    <Link
      to={`/studies/${study.id}#findings`}
      className={grave.red ? "danger-text" : undefined}
      title={found.first ?? undefined}
      aria-label={`${counted(number, "finding")} in ${study.name}, ${grave.told}: ${found.first ?? ""}`}
      onClick={(event) => event.stopPropagation()}
    >
      <Icon name={grave.sign} /> {counted(number, "finding")}
    </Link>
  );
}

/** Says that nothing was found only where nothing was left unexamined: a gap is no all-clear. */
function Examined({ study, gaps }: { study: StudyRow; gaps: number }) {
  if ((study.counts["finished"] ?? 0) === 0) return null;
  if (gaps === 0) return <span className="muted">no problems found</span>;
  return (
    <Link
      to={`/studies/${study.id}#findings`}
      className="muted"
      title={`No problems found in what was examined. ${counted(gaps, "check")} could not be made; the study's page says which.`}
      onClick={(event) => event.stopPropagation()}
    >
      {counted(gaps, "check")} not made
    </Link>
  );
}

function Counts({ study, stuck }: { study: StudyRow; stuck: string | undefined }) {
  const failed = study.counts["failed"] ?? 0;
  return (
    <span className="attention">
      {stuck === undefined ? null : (
        <Link to="/workers" title={stuck} onClick={(event) => event.stopPropagation()}>
          <Icon name="warning" /> blocked
        </Link>
      )}
      {failed > 0 ? (
        <span className="danger-text" title={counted(failed, "failed run")}>
          <StateMark state="failed" /> {failed} failed
        </span>
      ) : null}
      {study.diverged > 0 ? (
        <span title={counted(study.diverged, "run with non-finite values", "runs with non-finite values")}>
          <StateMark state="diverged" /> {study.diverged} diverged
        </span>
      ) : null}
      {study.excluded > 0 ? (
        <span title={`${counted(study.excluded, "run")} excluded from statistics`}>
          <Icon name="excluded" /> {study.excluded} excluded
        </span>
      ) : null}
    </span>
  );
}

interface Props {
  study: StudyRow;
  summary: StudySummary | undefined;
  /** Why its runs do not go on, where they don't. */
  stuck: string | undefined;
}

/** Findings with their sign and number, then what is blocked, failed or diverged; the first line's room is the findings'. */
export function Attention({ study, summary, stuck }: Props) {
  const troubled = stuck !== undefined || (study.counts["failed"] ?? 0) + study.diverged + study.excluded > 0;
  const found = summary?.attention;
  const none = found !== undefined && found.first === null;
  return (
    <span className="needs">
      <span className="needs-findings">
        {found === undefined ? null : none ? <Examined study={study} gaps={found.not_examined} /> : <Findings study={study} found={found} />}
      </span>
      {troubled ? <Counts study={study} stuck={stuck} /> : null}
    </span>
  );
}
