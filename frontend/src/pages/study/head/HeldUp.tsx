import { useQueues } from "../../../api/catalog";
import type { Study } from "../../../api/types";
import { counted } from "../../../lib/words";
import { Icon } from "../../../ui/marks/Icon";
import { Told } from "../../../ui/marks/Told";

interface Props {
  study: Pick<Study, "device">;
  counts: Record<string, number>;
}

/** Why runs that wait do not go on, where their queue is held up, and the command that lets them. */
export function HeldUp({ study, counts }: Props) {
  const queued = counts["queued"] ?? 0;
  const { data } = useQueues(queued > 0);
  const blocked = data?.find((queue) => queue.name === study.device)?.blocked ?? null;
  if (queued === 0 || blocked === null) return null;
  return (
    <p className="note" role="status">
      <span>
        <Icon name="warning" /> {counted(queued, "run")} {queued === 1 ? "waits" : "wait"} on {study.device}: <Told text={blocked} />
      </span>
    </p>
  );
}
