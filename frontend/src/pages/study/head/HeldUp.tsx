import type { ReactNode } from "react";
import { BLOCKED_MS, useQueues } from "../../../api/catalog";
import type { Study } from "../../../api/types";
import { counted } from "../../../lib/words";
import { Icon } from "../../../ui/marks/Icon";
import { Told } from "../../../ui/marks/Told";

interface Props {
  study: Pick<Study, "device" | "id">;
  counts: Record<string, number>;
  /** Shown while nothing holds the runs up. */
  children?: ReactNode;
}

/** Say why queued runs do not start, and the command that starts them. */
export function HeldUp({ study, counts, children }: Props) {
  const queued = counts["queued"] ?? 0;
  const { data } = useQueues(queued > 0, BLOCKED_MS);
  const queue = data?.find(({ name }) => name === study.device);
  // A queue may move while nobody can train this study, such as after its recipe's code changed.
  const blocked = queue?.blocked ?? queue?.waiting.find(({ study_id }) => study_id === study.id)?.blocked ?? null;
  if (queued === 0 || blocked === null) return <>{children}</>;
  return (
    <span role="status" title={blocked}>
      <Icon name="warning" /> {counted(queued, "run")} {queued === 1 ? "waits" : "wait"} on {study.device}: <Told text={blocked} />
    </span>
  );
}
