import { Link } from "react-router";
import type { Run } from "../../api/types";
import { short } from "../../format/numbers";
import { duration } from "../../format/times";
import { ArmChip } from "../../parts/ArmChip";
import { Value, When } from "../../parts/Value";

function Outcome({ run }: { run: Run }) {
  const found = run.metrics[run.metric];
  if (run.state === "failed") {
    return <p className="danger-text verdict">Failed: {run.reason ?? "no reason was recorded"}</p>;
  }
  if (found === undefined) return <p className="verdict">Nothing reported yet.</p>;
  return (
    <p className="verdict">
      {run.metric} <Value value={found.last} text={short(found.last)} /> at the last epoch, best{" "}
      <Value value={found.best} text={short(found.best)} />
      {found.best_step === null ? "" : ` at epoch ${found.best_step}`}
      {run.diverged ? "; some values were not finite" : ""}
    </p>
  );
}

/** The first lines of a run: its number, and what it cost. */
export function RunAnswer({ run }: { run: Run }) {
  return (
    <section className="answer" aria-label="Answer">
      <div className="facts">
        <Outcome run={run} />
        <p>
          <ArmChip position={run.arm} name={run.arm_name} />
          <span>
            epoch {run.epoch}
            {run.epochs === null ? "" : ` of ${run.epochs}`}
          </span>
          <span>took {duration(run.duration_s)}</span>
          {run.cpu_s === null ? null : <span>{duration(run.cpu_s)} of CPU</span>}
          {run.worker === null ? null : <span>on {run.worker}</span>}
          <span>
            submitted <When at={run.created_at} />
          </span>
        </p>
        {run.excluded_reason === null ? null : (
          <p className="note">
            <span>
              Left out of statistics: {run.excluded_reason}
              {run.excluded_at === null ? null : (
                <>
                  {" "}
                  (<When at={run.excluded_at} />)
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
