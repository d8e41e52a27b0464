import { shown, type Summary, summaryChoices } from "../lib/values";
import "./share.css";
import { useMemo, useState } from "react";
import { Plot } from "../figures/Plot";
import { parseSearch, searchName } from "../lib/search";
import { counted, duration, label, number, type Num } from "../lib/words";
import { differingParameters, faultsOf, filtered, sorted, toRows, type TableRow } from "../pages/study/runs/rows";
import { hovered, light } from "../state/highlight";
import { theme } from "../state/preferences";
import { useStore } from "../state/store";
import { Choice } from "../ui/controls/Choice";
import { nextSort } from "../ui/controls/SortHead";
import { AnswerMark } from "../ui/marks/AnswerMark";
import { ArmChip } from "../ui/marks/ArmChip";
import { StateMark } from "../ui/marks/StateMark";
import { Card } from "../ui/notes/Card";
import { drawCurves, drawStrip } from "./draw";
import type { Shared } from "./payload";
import { TableScroll } from "../ui/notes/TableScroll";

const SHOWN_ROWS = 200;

/** A study that is read, filtered and hovered over without a service. */
export function SharedStudy({ shared }: { shared: Shared }) {
  const [metric, setMetric] = useState(shared.metric);
  const [summary, setSummary] = useState<Summary>(shared.summary);
  const [filter, setFilter] = useState("");
  const [sort, setSort] = useState<string | null>(null);
  const [all, setAll] = useState(false);
  const parameters = useMemo(() => differingParameters(shared.arms), [shared]);
  const rows = useMemo(() => toRows(shared.columns, shared.arms, summary, parameters.byArm), [shared, summary, parameters]);
  const pieces = useMemo(() => parseSearch(filter), [filter]);
  const faults = useMemo(() => faultsOf(pieces, shared.metrics, parameters.names), [pieces, shared.metrics, parameters.names]);
  const chosen = useMemo(() => filtered(rows, pieces), [rows, pieces]);
  // What is excluded has its row, and no part in the figures.
  const included = useMemo(() => chosen.filter((row) => row.excludedReason === null), [chosen]);
  const curves = useMemo(() => drawCurves(shared, included, metric), [shared, included, metric]);
  const strip = useMemo(() => drawStrip(shared, included.filter((row) => row.state === "finished" || row.state === "diverged"), metric), [shared, included, metric]);
  const [column = null, order] = sort?.split(".") ?? [];
  const ordered = useMemo(() => sorted(chosen, column, order === "desc"), [chosen, column, order]);
  return (
    <div className="page shared-page">
      <header className="shared-head">
        <div>
          <h1>{label(shared.name)}</h1>
          <p className="muted">
            {label(shared.recipe)} · {shared.made}
          </p>
        </div>
        <button type="button" className="small" onClick={() => theme.set(document.documentElement.dataset["theme"] === "dark" ? "light" : "dark")}>
          Light or dark
        </button>
      </header>
      <section className="shared-answer" aria-label="Answer">
        {shared.state === null ? null : <AnswerMark state={shared.state} />}
        <p className="verdict">{shared.headline}</p>
        {shared.detail.map((sentence) => (
          <p key={sentence} className="muted">
            {sentence}
          </p>
        ))}
        {shared.caveats.length === 0 ? null : (
          <details>
            <summary>{counted(shared.caveats.length, "caveat")}</summary>
            <ul className="caveats">
              {shared.caveats.map((caveat) => (
                <li key={caveat}>{caveat}</li>
              ))}
            </ul>
          </details>
        )}
      </section>
      <div className="toolbar">
        <Choice label="Metric" value={metric} options={shared.metrics.map((name) => ({ value: name, name: name === shared.metric ? `${name} (deciding)` : name }))} onChoose={setMetric} />
        <Choice
          label="Value used"
          value={summary}
          options={summaryChoices(shared.step_name)}
          onChoose={setSummary}
        />
        <input
          type="search"
          aria-label="Filter the runs"
          placeholder={`Filter:  arm:${shared.arms[0]?.name.split(" ")[0] ?? "base"}  is:finished  ${searchName(shared.metric)}>0.9  seed:7`}
          value={filter}
          onChange={(event) => setFilter(event.target.value)}
        />
        <span className="muted nowrap" role="status">
          {chosen.length === rows.length ? counted(rows.length, "run") : `${number(chosen.length)} of ${counted(rows.length, "run")}`}
        </span>
      </div>
      {faults.length === 0 ? null : <p className="danger-text">{faults.join(" ")}</p>}
      <p className="muted small-print">
        The answer above is about all runs. Figures and table show the runs that the filter leaves.
        {shared.thinned === null ? "" : ` Curves are thinned to ${counted(shared.thinned, "point")} a run.`}
      </p>
      <div className="figures">
        {[curves, strip].map((figure) => (
          <Card key={figure.name} title={figure.title} className="figure-card">
            <Plot figure={figure} height={360} />
          </Card>
        ))}
      </div>
      <Card title="Runs">
        <TableScroll>
          <table className="table">
            <thead>
              <tr>
                {[
                  ["state", "State"],
                  ["arm", "Arm"],
                  ...parameters.names.map((name) => [`p:${name}`, name]),
                  ["seed", "Seed"],
                  ...shared.metrics.map((name) => [name, name]),
                  ["duration", "Duration"],
                ].map(([id = "", name = ""]) => (
                  <th key={id} scope="col" aria-sort={column === id ? (order === "desc" ? "descending" : "ascending") : "none"}>
                    <button type="button" className="sort" onClick={() => setSort(nextSort(sort, id, false))}>
                      {name}
                      <span aria-hidden="true">{column === id ? (order === "desc" ? " ↓" : " ↑") : ""}</span>
                    </button>
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {ordered.slice(0, all ? ordered.length : SHOWN_ROWS).map((row) => (
                <Row key={row.id} row={row} metrics={shared.metrics} parameters={parameters.names} />
              ))}
            </tbody>
          </table>
        </TableScroll>
        {all || ordered.length <= SHOWN_ROWS ? null : (
          <button type="button" onClick={() => setAll(true)}>
            Show all {counted(ordered.length, "run")}
          </button>
        )}
      </Card>
    </div>
  );
}

function Row({ row, metrics, parameters }: { row: TableRow; metrics: readonly string[]; parameters: readonly string[] }) {
  const lit = useStore(hovered, (runs) => runs.includes(row.id));
  return (
    <tr className={lit ? "current" : undefined} data-run={row.id} onPointerEnter={() => light(row.id)} onPointerLeave={() => light()}>
      <td className="nowrap">
        <StateMark state={row.state} word />
      </td>
      <td>
        <ArmChip position={row.arm} name={row.armName} />
      </td>
      {parameters.map((name) => (
        <td key={name}>{shown(row.parameters[name])}</td>
      ))}
      <td className="num">{row.seed}</td>
      {metrics.map((name) => (
        <td key={name} className="num" title={row.excludedReason === null ? undefined : `Excluded: ${row.excludedReason}`}>
          {Number.isNaN(row.values[name] ?? Number.NaN) && row.state !== "diverged" ? "" : number((row.values[name] ?? null) as Num)}
        </td>
      ))}
      <td className="num nowrap">{duration(row.durationS)}</td>
    </tr>
  );
}
