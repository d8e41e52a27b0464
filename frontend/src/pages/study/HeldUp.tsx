import { useQueues } from "../../api/recipes";
import type { Study } from "../../api/types";
import { plural } from "../../format/numbers";
import { Icon } from "../../parts/Icon";
import { Told } from "../../parts/Told";

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
        <Icon name="warning" /> {plural(queued, "run")} {queued === 1 ? "waits" : "wait"} on {study.device}: <Told text={blocked} />
      </span>
    </p>
  );
}
