import type { Glance } from "../../api/types";
import { ArmMark } from "../../ui/marks/ArmChip";

const SIGNS: Record<Glance["standing"], string> = {
  decided: "standing-decided",
  measured: "standing-decided",
  undecided: "standing-open",
  waiting: "standing-open",
  nothing: "standing-open",
  unknown: "standing-open",
};

interface Props {
  glance: Glance | undefined;
  trouble: string | null;
}

/** The verdict in a few words, or what it waits for; the whole sentence on hover. Its room is kept until it is there. */
export function Decided({ glance, trouble }: Props) {
  if (glance === undefined) {
    if (trouble === null) return <span className="decided" aria-hidden="true" />;
    return (
      <span className="decided muted" title={trouble}>
        not available
      </span>
    );
  }
  return (
    <span className={`decided ${SIGNS[glance.standing]}`} title={glance.headline}>
      {glance.better === null ? null : (
        <>
          <ArmMark position={glance.better} />{" "}
        </>
      )}
      {glance.short}
    </span>
  );
}
