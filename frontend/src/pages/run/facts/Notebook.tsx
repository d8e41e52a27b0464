import { useCellDiff, useCells } from "../../../api/recorded";
import type { Run } from "../../../api/types";
import { duration } from "../../../lib/words";
import { useAddress } from "../../../state/address";
import { CodeBlock } from "../../../ui/controls/Copy";
import { Card } from "../../../ui/notes/Card";

const KINDS: Record<string, string> = { "+": "diff-added", "-": "diff-removed", "@": "diff-place" };

function Diff({ run, other }: { run: number; other: number }) {
  const query = useCellDiff(run, other);
  if (other === run) return <p className="muted">Enter another run than this one.</p>;
  if (query.error !== null) return <p className="muted">Run {other} has no notebook to compare with.</p>;
  if (query.data === undefined) return <p className="muted">Loading run {other} …</p>;
  if (query.data.length === 0) return <p>Run {other} ran the same cells in the same order.</p>;
  return (
    <div className="diff-scroll" tabIndex={0} role="region" aria-label={`Cells of run ${run} and run ${other}`}>
      <table className="diff">
        <tbody>
          {query.data.map((line, at) => (
            <tr key={at}>
              <td className={KINDS[line.slice(0, 1)] ?? "diff-same"}>{line}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The notebook cells that led to a run, in the order in which they ran. */
export function Notebook({ run }: { run: Run }) {
  const query = useCells(run.id);
  const address = useAddress();
  const other = address.ids("cells")[0] ?? null;
  const cells = query.data?.cells ?? [];
  return (
    <Card
      title="Notebook"
      actions={
        <>
          <label className="choice">
            <span>diff with run</span>
            <input
              className="narrow"
              inputMode="numeric"
              value={other ?? ""}
              placeholder="id"
              onChange={(event) => address.set({ cells: event.target.value.replaceAll(/\D/g, "") })}
            />
          </label>
          <a href={`/api/v1/runs/${run.id}/notebook`} download={`run-${run.id}.ipynb`}>
            Download notebook
          </a>
        </>
      }
    >
      {query.data?.warnings.map((warning) => <p key={warning}>{warning}</p>)}
      {other === null ? null : <Diff run={run.id} other={other} />}
      <p className="muted">Cells in the order in which they ran. The download repeats the run from top to bottom.</p>
      <ol className="cells">
        {cells.map((cell) => (
          <li key={cell.execution}>
            <p className="muted">
              [{cell.execution}]{cell.position == null ? "" : ` cell ${cell.position} on the page`}
              {cell.seconds == null ? "" : `, ${duration(cell.seconds)}`}
            </p>
            <CodeBlock code={cell.source} label={`Cell ${cell.execution}`} />
            {cell.error === "" || cell.error === undefined ? null : <p className="attempt-reason">{cell.error}</p>}
          </li>
        ))}
      </ol>
    </Card>
  );
}
