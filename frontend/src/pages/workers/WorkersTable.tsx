import { Link } from "react-router";
import type { Worker } from "../../api/types";
import { count, duration, percent, counted } from "../../lib/words";
import { ArmMark } from "../../ui/marks/ArmChip";
import { StateMark } from "../../ui/marks/StateMark";
import { When } from "../../ui/marks/Value";
import { TableScroll } from "../../ui/notes/TableScroll";

const STATES = {
  training: { state: "running", told: "training" },
  idle: { state: "queued", told: "idle" },
  silent: { state: "failed", told: "silent" },
} as const;

function State({ worker }: { worker: Worker }) {
  const { state, told } = STATES[worker.state];
  const at = worker.training;
  const share = at === null || at.epochs === null || at.epochs === 0 ? undefined : at.epoch / at.epochs;
  return (
    <span className={`worker-state ${worker.state === "silent" ? "danger-text" : ""}`}>
      <span aria-hidden="true">
        <StateMark state={state} {...(share === undefined ? {} : { share })} />
      </span>
      {told}
    </span>
  );
}

function Training({ worker }: { worker: Worker }) {
  const at = worker.training;
  if (at === null || worker.state !== "training") {
    return <span className="muted">{at === null ? "–" : "lost; its run is retried elsewhere"}</span>;
  }
  return (
    <div className="worker-run">
      <span className="worker-run-name">
        <ArmMark position={at.arm_position} />
        <Link to={`/runs/${at.run_id}`} className="cut" title={`run ${at.run_id}: ${at.arm}, seed ${at.seed}`}>
          {at.arm}, seed {at.seed}
        </Link>
        <span className="muted nowrap">
          {at.replay ? "replay, " : ""}
          {at.epochs === null ? counted(at.epoch, "step") : `epoch ${count(at.epoch)} of ${count(at.epochs)}`}
        </span>
      </span>
      <progress aria-label={`Progress of run ${at.run_id}`} max={at.epochs ?? 1} value={at.epochs === null ? 0 : at.epoch} />
      <Link to={`/studies/${at.study_id}`} className="cut plain muted" title={at.study}>
        {at.study}
      </Link>
    </div>
  );
}

/** How much of the last minutes a worker trained, as a bar and a number. */
function Busy({ share }: { share: number | null }) {
  if (share === null) return <span className="muted">–</span>;
  return (
    <span className="busy" title="Share of the last 5 min spent training">
      <span className="busy-bar" aria-hidden="true">
        <span style={{ width: `${100 * share}%` }} />
      </span>
      <span className="num">{percent(share)}</span>
    </span>
  );
}

function Row({ worker }: { worker: Worker }) {
  return (
    <tr className={worker.state === "silent" ? "muted" : undefined}>
      <th scope="row" className="mono">
        <span className="cut" title={`process ${worker.pid} on ${worker.host}`}>
          {worker.name}
        </span>
      </th>
      <td data-label="State">
        <State worker={worker} />
      </td>
      <td data-label="Queue">{worker.queue}</td>
      <td data-label="Training now">
        <Training worker={worker} />
      </td>
      <td data-label="Load">
        <Busy share={worker.busy} />
      </td>
      <td data-label="Last 5 min" className="num">
        {counted(worker.ended_lately, "run")}
      </td>
      <td data-label="Total" className="num">
        {count(worker.runs)}
      </td>
      <td data-label="Started">
        <When at={worker.started_at} />
      </td>
      <td data-label="Heartbeat" className="num" title="Time since the last heartbeat">
        {worker.beat_age_s < 60 ? `${Math.round(worker.beat_age_s)} s` : duration(worker.beat_age_s)}
      </td>
    </tr>
  );
}

/** Workers with what each trains now, how busy it was, and when it was last heard; silent ones last. */
export function WorkersTable({ workers }: { workers: readonly Worker[] }) {
  const order = workers.toSorted((one, other) => Number(one.state === "silent") - Number(other.state === "silent"));
  return (
    <TableScroll>
      <table className="table stack workers">
        <thead>
          <tr>
            {["Worker", "State", "Queue", "Training now", "Load"].map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
            <th scope="col" className="num">
              Last 5 min
            </th>
            <th scope="col" className="num">
              Total
            </th>
            <th scope="col">Started</th>
            <th scope="col" className="num">
              Heartbeat
            </th>
          </tr>
        </thead>
        <tbody>
          {order.map((worker) => (
            <Row key={worker.name} worker={worker} />
          ))}
        </tbody>
      </table>
    </TableScroll>
  );
}
