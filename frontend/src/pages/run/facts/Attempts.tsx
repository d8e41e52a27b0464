import type { Run } from "../../../api/types";
import { duration } from "../../../lib/words";
import { shownState, STATE_WORDS, StateMark } from "../../../ui/marks/StateMark";
import { When } from "../../../ui/marks/Value";
import { Card } from "../../../ui/notes/Card";

function seconds(from: string, to: string): number {
  return (Date.parse(to) - Date.parse(from)) / 1000;
}

/** Every try at the run, with how it ended and why. */
export function Attempts({ run }: { run: Run }) {
  return (
    <Card title="Attempts">
      {run.attempts.length === 0 ? (
        <p className="muted">No worker has claimed this run yet.</p>
      ) : (
        <ol className="attempts">
          {run.attempts.map((attempt) => (
            <li key={attempt.number}>
              <p>
                <strong>{attempt.number}</strong> {attempt.state in STATE_WORDS ? <StateMark state={shownState(attempt.state)} word /> : attempt.state} <When at={attempt.started_at} />
                {attempt.ended_at === null ? "" : `, took ${duration(seconds(attempt.started_at, attempt.ended_at))}`}
              </p>
              <p className="muted">
                On {attempt.worker}
                {attempt.trainer === "" ? "" : `, trainer ${attempt.trainer}`}
              </p>
              {attempt.reason === null ? null : <p className="attempt-reason">{attempt.reason}</p>}
            </li>
          ))}
        </ol>
      )}
    </Card>
  );
}
