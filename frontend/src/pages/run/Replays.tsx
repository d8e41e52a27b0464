import { Link } from "react-router";
import { useReplays } from "../../api/runs";
import type { Replay, Run } from "../../api/types";
import { shownState, StateMark } from "../../ui/marks/StateMark";
import { When } from "../../ui/marks/Value";
import { Card } from "../../ui/notes/Card";

function Item({ replay, run }: { replay: Replay; run: Run }) {
  const { verdict } = replay;
  return (
    <li className="replay">
      <p>
        <StateMark state={shownState(replay.state)} word /> <Link to={`/runs/${replay.run_id}`}>run {replay.run_id}</Link>,{" "}
        <When at={replay.created_at} />
        {replay.worker === null || replay.worker === undefined ? "" : `, on ${replay.worker}`}
        {replay.code_changed ? ", with changed code" : ""}
      </p>
      {verdict === null || verdict === undefined ? (
        <p className="muted">{replay.reason ?? "The result appears when the replay has finished."}</p>
      ) : (
        <>
          <p className={verdict.outcome === "identical" ? "repeat-identical" : "repeat-diverged"}>
            <strong>{verdict.outcome === "identical" ? "≡ identical" : "≠ diverged"}</strong>: {verdict.detail}
          </p>
          {verdict.environment.length === 0 ? null : (
            <details>
              <summary>{verdict.environment.length} environment differences</summary>
              <ul className="caveats">
                {verdict.environment.map((difference) => (
                  <li key={difference.key}>
                    {difference.key}: {String(difference.a)} → {String(difference.b)}
                    {difference.matters ? ` (can change results: ${difference.why})` : ""}
                  </li>
                ))}
              </ul>
            </details>
          )}
          <Link to={`/compare?runs=${run.id},${replay.run_id}`}>Compare the two</Link>
        </>
      )}
    </li>
  );
}

/** Whether the run repeats: every replay with its verdict. */
export function Replays({ run }: { run: Run }) {
  const query = useReplays(run.id);
  const found = query.data?.replays ?? [];
  return (
    <Card title="Reproducibility">
      {found.length === 0 ? (
        <p className="muted">
          {run.state === "finished"
            ? "Not replayed yet. A replay trains the run again from its manifest in a new process and compares every bit."
            : "Only finished runs can be replayed."}
        </p>
      ) : (
        <>
          <p>{query.data?.sentence}</p>
          <ul className="replays">
            {found.map((one) => (
              <Item key={one.run_id} replay={one} run={run} />
            ))}
          </ul>
        </>
      )}
    </Card>
  );
}
