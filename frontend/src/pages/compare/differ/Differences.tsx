import type { RunDiff } from "../../../api/types";
import { digestHead, shown } from "../../../lib/values";
import { Value } from "../../../ui/marks/Value";
import { CodeDiff } from "./CodeDiff";
import { TableScroll } from "../../../ui/notes/TableScroll";

const GROUPS: Record<string, string> = {
  seeds: "Seeds",
  parameters: "Parameters",
  settings: "Settings",
  data: "Data",
  code: "Code",
  packages: "Packages",
  environment: "Environment",
  results: "Results",
};

const DIGEST = /^[0-9a-f]{64}$/;

/** A value as it stands in the table: a digest by its head, a result rounded; whole on hover. */
function Cell({ value, result }: { value: unknown; result: boolean }) {
  if (value === null || value === undefined) return <>–</>;
  if (result && typeof value === "number") return <Value value={value} />;
  if (typeof value === "string" && DIGEST.test(value)) return <span title={value}>{digestHead(value)}…</span>;
  return <>{shown(value)}</>;
}

interface Props {
  diff: RunDiff;
  a: string;
  b: string;
  /** Whether the service's sentence about all of it stands above. */
  told?: boolean;
}

/** Differences between two runs, by group, and nothing else. */
export function Differences({ diff, a, b, told = true }: Props) {
  const groups = Object.entries(diff.groups).filter(([, entries]) => (entries ?? []).length > 0);
  return (
    <>
      {told ? <p className="verdict-more">{diff.sentence}</p> : null}
      {groups.length === 0 ? (
        told ? null : <p className="muted">Data, packages and environment are identical.</p>
      ) : (
        <TableScroll>
          <table className="table stack">
            <thead>
              <tr>
                <th scope="col">Differences</th>
                <th scope="col" className="cut-column">
                  {a}
                </th>
                <th scope="col" className="cut-column">
                  {b}
                </th>
                <th scope="col">Effect</th>
              </tr>
            </thead>
            {groups.map(([group, entries]) => (
              <tbody key={group}>
                <tr>
                  <th scope="rowgroup" colSpan={4} className="group-row">
                    {GROUPS[group] ?? group}
                  </th>
                </tr>
                {(entries ?? []).map((entry) => (
                  <tr key={entry.key} className={entry.matters ? undefined : "muted"}>
                    <th scope="row">{entry.key}</th>
                    <td className="mono wrap" data-label={a}>
                      <Cell value={entry.a} result={group === "results"} />
                    </td>
                    <td className="mono wrap" data-label={b}>
                      <Cell value={entry.b} result={group === "results"} />
                    </td>
                    <td>{entry.why === "" ? (entry.matters ? "← differs" : "") : entry.why}</td>
                  </tr>
                ))}
              </tbody>
            ))}
          </table>
        </TableScroll>
      )}
      {diff.code.length === 0 ? (
        <p className="muted">The recipe's code is identical.</p>
      ) : (
        <CodeDiff files={diff.code} />
      )}
    </>
  );
}
