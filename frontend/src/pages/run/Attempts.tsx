import type { Run } from "../../api/types";
import { Card } from "../../parts/Card";
import { When } from "../../parts/Value";

/** Every try at the run, with how it ended and why. */
export function Attempts({ run }: { run: Run }) {
  return (
    <Card title="Attempts">
      {run.attempts.length === 0 ? (
        <p className="muted">No worker has taken this run yet.</p>
      ) : (
        <ol className="attempts">
          {run.attempts.map((attempt) => (
            <li key={attempt.number}>
              <p>
                <strong>{attempt.number}</strong> {attempt.state}, <When at={attempt.started_at} />, on {attempt.worker}
                {attempt.trainer === "" ? "" : ` (${attempt.trainer})`}
              </p>
              {attempt.reason === null ? null : <p className="muted">{attempt.reason}</p>}
            </li>
          ))}
        </ol>
      )}
    </Card>
  );
}
