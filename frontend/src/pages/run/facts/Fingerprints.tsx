import { useRun } from "../../../api/runs";
import type { Run } from "../../../api/types";
import { Card } from "../../../ui/notes/Card";
import { useAddress } from "../../../state/address";
import { Strip } from "../../../ui/marks/FingerprintStrip";
import { cellsTold, firstDifference, saidOf, strips } from "../../../ui/marks/cells";

function Alone({ run }: { run: Run }) {
  const [cells = []] = strips(run.fingerprints);
  return <Strip name={`run ${run.id}`} cells={cells} />;
}

function Against({ run, other }: { run: Run; other: number }) {
  const query = useRun(other);
  if (query.data === undefined) {
    return (
      <>
        <Alone run={run} />
        <p className="muted">{query.error === null ? `Loading run ${other} …` : `There is no run ${other} to set beside it.`}</p>
      </>
    );
  }
  const [own = [], theirs = []] = strips(run.fingerprints, query.data.fingerprints);
  const first = firstDifference(own, theirs);
  const told =
    first < 0 ? "All fingerprints are equal." : `The first difference is in ${saidOf(own[first])}.`;
  return (
    <>
      <Strip name={`run ${run.id}`} cells={own} ringed={first} />
      <Strip name={`run ${other}`} cells={theirs} ringed={first} />
      <p>{told}</p>
    </>
  );
}

/** The run's fingerprints along its epochs, beside those of another run where one is named. */
export function Fingerprints({ run }: { run: Run }) {
  const address = useAddress();
  const against = address.ids("against")[0] ?? run.replay_of ?? run.replays.at(-1) ?? null;
  return (
    <Card
      title="Fingerprints"
      actions={
        <label className="choice">
          <span>Compare with run</span>
          <input
            className="narrow"
            inputMode="numeric"
            value={against ?? ""}
            placeholder="id"
            onChange={(event) => address.set({ against: event.target.value.replaceAll(/\D/g, "") })}
          />
        </label>
      }
    >
      {run.fingerprints.length === 0 ? (
        <p className="muted">
          {run.state === "queued" || run.state === "running"
            ? "None yet: digests of data, weights and series are stored with the run's results."
            : "None: the run ended before any were stored."}
        </p>
      ) : against === null || against === run.id ? (
        <Alone run={run} />
      ) : (
        <Against run={run} other={against} />
      )}
      {run.fingerprints.length === 0 ? null : (
        <p className="figure-notes">
          From the left: {cellsTold(strips(run.fingerprints)[0] ?? [])}. Equal colours are equal digests.
        </p>
      )}
    </Card>
  );
}
