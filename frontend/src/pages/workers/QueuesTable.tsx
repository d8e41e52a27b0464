import { Link } from "react-router";
import type { Queue } from "../../api/types";
import { count, duration, counted, rate } from "../../lib/words";
import { Icon } from "../../ui/marks/Icon";
import { StateMark } from "../../ui/marks/StateMark";
import { Told } from "../../ui/marks/Told";
import { TableScroll } from "../../ui/notes/TableScroll";

const SHOWN = 4;

function Studies({ queue }: { queue: Queue }) {
  const shown = queue.waiting.slice(0, SHOWN);
  const rest = queue.waiting_studies - shown.length;
  return (
    <ul className="waiting">
      {shown.map((study) => (
        <li key={study.study_id}>
          <Link to={`/studies/${study.study_id}`} className="cut" title={study.study}>
            {study.study}
          </Link>
          <span className="muted nowrap">
            {count(study.running)} running, {count(study.queued)} queued
          </span>
        </li>
      ))}
      {rest > 0 ? <li className="muted">and {counted(rest, "other study", "other studies")}</li> : null}
    </ul>
  );
}

/** Why runs wait: what stops the queue first, then what else is worth knowing. */
function Why({ queue }: { queue: Queue }) {
  if (queue.blocked === null && queue.why.length === 0) return <span className="muted">–</span>;
  return (
    <ul className="whys">
      {queue.blocked === null ? null : (
        <li>
          <Icon name="warning" /> <Told text={queue.blocked} />
        </li>
      )}
      {queue.why.map((told) => (
        <li key={told}>{told}</li>
      ))}
    </ul>
  );
}

function Number({ state, queue }: { state: "queued" | "running"; queue: Queue }) {
  return (
    <span>
      <StateMark state={state} /> {count(queue.runs[state] ?? 0)}
    </span>
  );
}

function Row({ queue }: { queue: Queue }) {
  return (
    <tr>
      <th scope="row">{queue.name}</th>
      <td data-label="Waiting" className="num">
        <Number state="queued" queue={queue} />
      </td>
      <td data-label="Running" className="num">
        <Number state="running" queue={queue} />
      </td>
      <td data-label="Messages" className="num" title="Messages in the broker for this queue">
        {queue.messages === null ? "offline" : count(queue.messages)}
      </td>
      <td data-label="Workers" className="num" title={`${count(queue.busy)} of ${counted(queue.workers, "worker")} training`}>
        {count(queue.busy)} of {count(queue.workers)}
      </td>
      <td data-label="Pace" className="num" title={`${counted(queue.ended_lately, "run")} ended in the last 5 min`}>
        <span>
          {queue.rate_per_s === null ? "–" : rate(queue.rate_per_s)}
          {queue.left_s === null ? null : <span className="muted"> · {duration(queue.left_s)} left</span>}
        </span>
      </td>
      <td data-label="Studies">{queue.waiting_studies === 0 ? <span className="muted">–</span> : <Studies queue={queue} />}</td>
      <td data-label="Why it is waiting">
        <Why queue={queue} />
      </td>
    </tr>
  );
}

/** What waits in each queue, how fast it moves, and what holds it up. */
export function QueuesTable({ queues }: { queues: readonly Queue[] }) {
  return (
    <TableScroll>
      <table className="table stack queues">
        <thead>
          <tr>
            <th scope="col">Queue</th>
            {["Waiting", "Running", "Messages", "Workers busy", "Pace"].map((name) => (
              <th key={name} scope="col" className="num">
                {name}
              </th>
            ))}
            <th scope="col">Studies</th>
            <th scope="col">Why it is waiting</th>
          </tr>
        </thead>
        <tbody>
          {queues.map((queue) => (
            <Row key={queue.name} queue={queue} />
          ))}
        </tbody>
      </table>
    </TableScroll>
  );
}
