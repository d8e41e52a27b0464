import { Link } from "react-router";
import { counted } from "../../../lib/words";
import { ArmChip } from "../../../ui/marks/ArmChip";
import type { NamedArm } from "../../../arms/named";

interface Props {
  arm: NamedArm;
  n?: number;
  /** Whether its study is named too: where arms of several meet. */
  study: boolean;
}

/** An arm in its colour here, with the way back to its study. */
export function ArmName({ arm, n, study }: Props) {
  return (
    <span className="arm-of">
      <ArmChip position={arm.place} name={arm.name} />
      {n === undefined ? null : <span className="muted nowrap">{counted(n, "seed")}</span>}
      {study ? (
        <Link to={`/studies/${arm.of.id}`} className="cut arm-study" title={arm.of.name}>
          {arm.of.name}
        </Link>
      ) : null}
    </span>
  );
}
