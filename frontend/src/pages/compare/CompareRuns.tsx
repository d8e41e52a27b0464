import { Link } from "react-router";
import { useFigure } from "../../api/figures";
import { runOptions, useRunDiff } from "../../api/runs";
import type { Run } from "../../api/types";
import { FigureCard } from "../../figures/FigureCard";
import { number } from "../../lib/words";
import { useAddress } from "../../state/address";
import { useQueries } from "@tanstack/react-query";
import { Choice } from "../../ui/controls/Choice";
import { ArmChip } from "../../ui/marks/ArmChip";
import { Strip } from "../../ui/marks/FingerprintStrip";
import { firstDifference, strips } from "../../ui/marks/cells";
import { Card } from "../../ui/notes/Card";
import { ErrorNote, Loading } from "../../ui/notes/Notes";
import { Differences } from "./differ/Differences";
import { TableScroll } from "../../ui/notes/TableScroll";

const MOST = 20;

/** Runs beside each other: what they gave, where they part, and what differs between any two. */
export function CompareRuns({ runs }: { runs: readonly number[] }) {
  const queries = useQueries({ queries: runs.slice(0, MOST).map((id) => runOptions(id)) });
  const failed = queries.find((query) => query.error !== null)?.error;
  const found = queries.flatMap((query) => (query.data === undefined ? [] : [query.data]));
  if (failed !== undefined && failed !== null && found.length < 2) return <ErrorNote error={failed} />;
  if (found.length < Math.min(runs.length, MOST) && failed === undefined) return <Loading what="runs" height={300} />;
  return (
    <>
      {failed === undefined || failed === null ? null : <ErrorNote error={failed} />}
      {runs.length > MOST ? <p className="note">Only the first {MOST} of {runs.length} runs are compared.</p> : null}
      <RunsBeside runs={found} />
      <Overlay runs={found} />
      <Strips runs={found} />
      {found.length > 1 ? <TwoRuns runs={found} /> : <p className="note">Select at least two runs in a study.</p>}
    </>
  );
}

function nameOf(run: Run): string {
  return `${run.arm_name}, seed ${run.seed}${run.replay_of === null ? "" : ` (replay of ${run.replay_of})`}`;
}

function RunsBeside({ runs }: { runs: readonly Run[] }) {
  const metrics = [...new Set(runs.flatMap((run) => Object.keys(run.metrics)))];
  return (
    <Card title="Results">
      <TableScroll>
        <table className="table stack">
          <thead>
            <tr>
              <th scope="col">Run</th>
              {metrics.map((metric) => (
                <th key={metric} scope="col" className="num">
                  {metric}
                </th>
              ))}
              <th scope="col">Study</th>
            </tr>
          </thead>
          <tbody>
            {runs.map((run) => (
              <tr key={run.id}>
                <th scope="row">
                  <ArmChip position={run.arm} name={run.arm_name} /> <Link to={`/runs/${run.id}`}>seed {run.seed}</Link>
                </th>
                {metrics.map((metric) => (
                  <td key={metric} className="num" data-label={metric}>
                    {number(run.metrics[metric]?.last)}
                  </td>
                ))}
                <td data-label="study">
                  <Link to={`/studies/${run.study_id}`} className="cut">
                    {run.study_name.slice(0, 60)}
                  </Link>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableScroll>
    </Card>
  );
}

function Overlay({ runs }: { runs: readonly Run[] }) {
  const address = useAddress();
  const metrics = [...new Set(runs.flatMap((run) => Object.keys(run.metrics)))];
  const decides = runs[0]?.metric ?? "";
  const chosen = address.get("metric");
  const metric = chosen !== null && metrics.includes(chosen) ? chosen : decides;
  if (metrics.length === 0) return null;
  return <RunsFigure runs={runs} metric={metric} metrics={metrics} decides={decides} />;
}

function RunsFigure({ runs, metric, metrics, decides }: { runs: readonly Run[]; metric: string; metrics: readonly string[]; decides: string }) {
  const address = useAddress();
  const subject = { runs: runs.map(({ id }) => id).join(",") };
  const actions =
    metrics.length < 2 ? null : (
      <Choice
        label="Metric"
        quiet
        value={metric}
        options={metrics.map((name) => ({ value: name, name }))}
        onChoose={(next) => address.set({ metric: next === decides ? null : next })}
      />
    );
  return <FigureCard query={useFigure(subject, "curves", { metric })} name={`${metric} of each run`} subject={subject} figure="curves" asked={{ metric }} actions={actions} />;
}

function Strips({ runs }: { runs: readonly Run[] }) {
  const cells = strips(...runs.map((run) => run.fingerprints));
  const first = cells[0] ?? [];
  const differences = cells.slice(1).map((other) => firstDifference(first, other));
  const earliest = differences.filter((at) => at >= 0).toSorted((one, other) => one - other)[0] ?? -1;
  return (
    <Card title="Fingerprints">
      {runs.map((run, at) => (
        <Strip key={run.id} name={`run ${run.id}`} cells={cells[at] ?? []} ringed={at === 0 ? earliest : (differences[at - 1] ?? -1)} />
      ))}
      <p className="figure-notes">
        <span>Ring: first cell that differs from the first run.</span>
      </p>
    </Card>
  );
}

function TwoRuns({ runs }: { runs: readonly Run[] }) {
  const address = useAddress();
  const named = (key: string, otherwise: number) => runs.find(({ id }) => String(id) === address.get(key))?.id ?? runs[otherwise]?.id ?? 0;
  const picked = { a: named("from", 0), b: named("to", 1) };
  const query = useRunDiff(picked.a, picked.b);
  const options = runs.map((run) => ({ value: String(run.id), name: nameOf(run) }));
  const nameOfRun = (id: number) => options.find((option) => option.value === String(id))?.name ?? String(id);
  return (
    <Card title="Differences">
      <div className="toolbar">
        <Choice label="From" value={String(picked.a)} options={options} onChoose={(from) => address.set({ from }, "push")} />
        <Choice label="to" value={String(picked.b)} options={options} onChoose={(to) => address.set({ to }, "push")} />
      </div>
      {picked.a === picked.b ? (
        <p className="muted">Choose two different runs.</p>
      ) : query.data === undefined ? (
        query.error === null ? (
          <Loading what="differences" />
        ) : (
          <ErrorNote error={query.error} />
        )
      ) : (
        <Differences diff={query.data} a={nameOfRun(picked.a)} b={nameOfRun(picked.b)} />
      )}
    </Card>
  );
}
