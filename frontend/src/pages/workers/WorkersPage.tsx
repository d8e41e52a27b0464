import { useQueues, useWorkers } from "../../api/catalog";
import type { Queue, Worker } from "../../api/types";
import { Told } from "../../ui/marks/Told";
import { Card } from "../../ui/notes/Card";
import { Empty } from "../../ui/notes/Notes";
import { PageHead } from "../../ui/notes/PageHead";
import { Waiting } from "../../ui/notes/Waiting";
import { QueuesTable } from "./QueuesTable";
import { WorkersTable } from "./WorkersTable";
import { standing } from "./standing";

/** The answer first: who trains, what waits, and until when; or what holds it up. */
function Standing({ workers, queues }: { workers: readonly Worker[]; queues: readonly Queue[] }) {
  const { sentence, trouble } = standing(workers, queues);
  return (
    <section className={trouble.length > 0 ? "note" : "answer"} aria-label="Status">
      <p className="verdict">{sentence}</p>
      {trouble.map((told) => (
        <p key={told}>
          <Told text={told} />
        </p>
      ))}
    </section>
  );
}

/** Who trains what, and what waits and why. */
export default function WorkersPage() {
  const workers = useWorkers();
  const queues = useQueues();
  return (
    <div className="page">
      <PageHead title="Workers" />
      {workers.data === undefined || queues.data === undefined ? null : <Standing workers={workers.data} queues={queues.data} />}
      <Card title="Queues">
        <Waiting query={queues} what="queues">
          {(all) => <QueuesTable queues={all} />}
        </Waiting>
      </Card>
      <Card title="Workers">
        <Waiting query={workers} what="workers">
          {(all) =>
            all.length === 0 ? (
              <Empty title="No workers">
                <code>seedspread up</code> starts one per core. <code>seedspread worker</code> adds more on any machine that
                reaches the database and the broker.
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
