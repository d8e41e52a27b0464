import { Link } from "react-router";
import { useQueues, useWorkers } from "../../api/recipes";
import type { Queue, Worker } from "../../api/types";
import { count } from "../../format/numbers";
import { Card } from "../../parts/Card";
import { Empty } from "../../parts/Notes";
import { PageHead } from "../../parts/PageHead";
import { When } from "../../parts/Value";
import { Waiting } from "../../parts/Waiting";

/** Who trains what, and what waits and why. */
export default function WorkersPage() {
  const workers = useWorkers();
  const queues = useQueues();
  return (
    <div className="page">
      <PageHead title="Workers" />
      <Card title="Queues">
        <Waiting query={queues} what="queues">
          {(all) => <QueuesTable queues={all} />}
        </Waiting>
      </Card>
      <Card title="Workers">
        <Waiting query={workers} what="workers">
          {(all) =>
            all.length === 0 ? (
              <Empty title="No worker has said a word yet">
                <code>seedspread up</code> starts one per core; <code>seedspread worker</code> adds more on any machine.
              </Empty>
            ) : (
              <WorkersTable workers={all} />
            )
          }
        </Waiting>
      </Card>
    </div>
  );
}

function QueuesTable({ queues }: { queues: readonly Queue[] }) {
  return (
    <div className="table-scroll">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Queue</th>
            <th scope="col" className="num">
              Runs waiting
            </th>
            <th scope="col" className="num">
              Running
            </th>
            <th scope="col" className="num">
              Messages
            </th>
            <th scope="col" className="num">
              Workers
            </th>
            <th scope="col">What holds it up</th>
          </tr>
        </thead>
        <tbody>
          {queues.map((queue) => (
            <tr key={queue.name}>
              <th scope="row">{queue.name}</th>
              <td className="num">{count(queue.runs["queued"] ?? 0)}</td>
              <td className="num">{count(queue.runs["running"] ?? 0)}</td>
              <td className="num">{queue.messages === null ? "the broker is away" : count(queue.messages)}</td>
              <td className="num">{queue.workers}</td>
              <td>{queue.blocked ?? <span className="muted">nothing</span>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function WorkersTable({ workers }: { workers: readonly Worker[] }) {
  return (
    <div className="table-scroll">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Worker</th>
            <th scope="col">Queue</th>
            <th scope="col">Trains now</th>
            <th scope="col" className="num">
              Runs ended
            </th>
            <th scope="col">Started</th>
            <th scope="col">Last heard</th>
          </tr>
        </thead>
        <tbody>
          {workers.map((worker) => (
            <tr key={worker.name}>
              <th scope="row" className="mono">
                {worker.name}
              </th>
              <td>{worker.queue}</td>
              <td>
                {worker.run_id === null ? <span className="muted">nothing</span> : <Link to={`/runs/${worker.run_id}`}>run {worker.run_id}</Link>}
              </td>
              <td className="num">{count(worker.runs)}</td>
              <td>
                <When at={worker.started_at} />
              </td>
              <td>
                <When at={worker.beat_at} />
                {worker.alive ? "" : <span className="danger-text"> silent</span>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
