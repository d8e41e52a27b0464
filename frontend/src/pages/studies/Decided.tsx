import type { StudySummary } from "../../api/types";
import { ArmMark } from "../../ui/marks/ArmChip";

const SIGNS: Record<StudySummary["standing"], string> = {
  decided: "standing-decided",
  measured: "standing-decided",
  undecided: "standing-open",
  waiting: "standing-open",
  nothing: "standing-open",
  unknown: "standing-open",
};

interface Props {
  summary: StudySummary | undefined;
  trouble: string | null;
}

/** The verdict in a few words, or what it waits for; the whole sentence on hover. Its room is kept until it is there. */
export function Decided({ summary, trouble }: Props) {
  if (summary === undefined) {
    if (trouble === null) return <span className="decided" aria-hidden="true" />;
    return (
      <span className="decided muted" title={trouble}>
        not available
      </span>
    );
  }
  return (
    <span className={`decided ${SIGNS[summary.standing]}`} title={summary.headline}>
      {summary.better === null ? null : (
        <>
          <ArmMark position={summary.better} />{" "}
        </>
      )}
      {summary.short}
    </span>
  );
}
