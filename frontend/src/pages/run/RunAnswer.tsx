import { Link } from "react-router";
import type { Run } from "../../api/types";
import { duration, number } from "../../lib/words";
import { ArmChip } from "../../ui/marks/ArmChip";
import { Value, When } from "../../ui/marks/Value";

/** How far the run came, in its deciding metric; nothing where it reported none. */
function Reached({ run }: { run: Run }) {
  const found = run.metrics[run.metric];
  if (found === undefined) return null;
  return (
    <>
      {run.metric} <Value value={found.last} text={number(found.last)} /> at {run.state === "finished" ? "the last epoch" : `epoch ${found.last_step}`}, best{" "}
      <Value value={found.best} text={number(found.best)} />
      {found.best_step === null ? "" : ` at epoch ${found.best_step}`}
      {run.diverged ? "; some values were not finite" : ""}
    </>
  );
}

/** What there is to say first, by how the run stands: its number, or why it has none. */
function Outcome({ run }: { run: Run }) {
  const reported = run.metrics[run.metric] !== undefined;
  switch (run.state) {
    case "failed":
      return <p className="danger-text verdict">Failed: {run.reason ?? "no reason was recorded"}</p>;
    case "cancelled":
      return <p className="verdict">Cancelled{run.reason === null || run.reason === "" ? "" : `: ${run.reason}`}</p>;
    case "queued":
      return (
        <p className="verdict">
          Waiting for a {run.queue.toUpperCase()} worker{run.reason === null ? "" : `. Last attempt: ${run.reason}`}
        </p>
      );
    default:
      return (
        <p className="verdict">
          {reported ? <Reached run={run} /> : run.state === "running" ? "Training. No metrics reported yet." : "The run finished without reporting a metric."}
        </p>
      );
  }
}

/** What can be done about a run without a result, and what is kept of it. */
function NextStep({ run }: { run: Run }) {
  if (run.state !== "failed" && run.state !== "cancelled") return null;
  return (
    <p>
      {run.metrics[run.metric] === undefined ? (
        <span>No metrics were reported.</span>
      ) : (
        <span>
          Stored, but not used in statistics: <Reached run={run} />.
        </span>
      )}
      <span>Retry uses the same seed in a new trainer process.</span>
    </p>
  );
}

/** The first lines of a run: its number or its reason, and what it cost. */
export function RunAnswer({ run }: { run: Run }) {
  return (
    <section className="answer" aria-label="Answer">
      <div className="facts">
        <Outcome run={run} />
        <NextStep run={run} />
        <p>
          <ArmChip position={run.arm} name={run.arm_name} />
          <span>
            epoch {run.epoch}
            {run.epochs === null ? "" : ` of ${run.epochs}`}
          </span>
          {run.duration_s === null ? null : <span>Training time {duration(run.duration_s)}</span>}
          {run.cpu_s === null ? null : <span>{duration(run.cpu_s)} CPU time</span>}
          {run.worker === null ? null : <span>on {run.worker}</span>}
          <span>
            Submitted <When at={run.created_at} />
          </span>
          <Link to={`/studies/${run.study_id}?sel=${run.id}`}>Show in study</Link>
        </p>
        {run.excluded_reason === null ? null : (
          <p className="note">
            <span>
              Excluded from statistics: {run.excluded_reason}
              {run.excluded_at === null ? null : (
                <>
                  {" "}
                  (<When at={run.excluded_at} />
                  {run.excluded_by ? (
                    <>
                      {" "}
                      by <bdi>{run.excluded_by}</bdi>
                    </>
                  ) : null}
                  )
                </>
              )}
            </span>
          </p>
        )}
        {run.replay_of === null ? null : (
          <p>
            This run repeats <Link to={`/runs/${run.replay_of}`}>run {run.replay_of}</Link>.
          </p>
        )}
      </div>
    </section>
  );
}
