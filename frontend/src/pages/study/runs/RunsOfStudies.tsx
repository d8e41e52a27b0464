import { useQueries } from "@tanstack/react-query";
import { useMemo, useRef } from "react";
import { Link } from "react-router";
import { asApiError } from "../../../api/client";
import { compactOptions } from "../../../api/runs";
import { studyOptions } from "../../../api/studies";
import type { CompactRuns, Study } from "../../../api/types";
import { parseSearch, searchName } from "../../../lib/search";
import { summaryOf } from "../../../lib/values";
import { counted } from "../../../lib/words";
import { useAddress } from "../../../state/address";
import { useKeys } from "../../../state/bindings";
import { Card } from "../../../ui/notes/Card";
import { ErrorNote, Loading } from "../../../ui/notes/Notes";
import { PageHead } from "../../../ui/notes/PageHead";
import { lowerIsBetter } from "../asks/design";
import { ColumnsMenu } from "./ColumnsMenu";
import { differingParameters, faultsOf, idsOf, idsText, metricColumn, PARAMETER, toRows } from "./rows";
import { RunsTable } from "./RunsTable";
import { useArranged } from "./useArranged";

const MOST_COLUMNS = 3;

/** Return the rows of several studies as one table: arms are named after their study, metrics are the union. */
export function rowsOfStudies(studies: readonly Study[], tables: readonly CompactRuns[]) {
  const arms = studies.flatMap((study) => study.arms.map((arm) => ({ name: `${study.name}: ${arm.name}`, parameters: arm.differs })));
  const { names, byArm } = differingParameters(arms);
  const metrics = [...new Set([...studies.map((study) => study.metric), ...studies.flatMap((study) => study.metrics)])];
  const none = Object.fromEntries(metrics.map((metric) => [metric, Number.NaN]));
  const rows = studies.flatMap((study, at) => {
    const before = studies.slice(0, at).reduce((sum, earlier) => sum + earlier.arms.length, 0);
    const table = tables[at];
    if (table === undefined) return [];
    const own = toRows(table, arms.slice(before), summaryOf(study.summary), byArm.slice(before));
    return own.map((row) => ({ ...row, arm: row.arm + before, values: { ...none, ...row.values } }));
  });
  return { rows, metrics, parameters: names };
}

/** The runs of several studies in one table: filtered, sorted and compared across them; all of it in the address. */
export default function RunsOfStudies() {
  const address = useAddress();
  const ids = address.ids("studies");
  const studies = useQueries({ queries: ids.map(studyOptions) });
  const tables = useQueries({ queries: ids.map(compactOptions) });
  const failed = [...studies, ...tables].find((query) => query.error !== null);
  const named = studies.flatMap((query) => query.data ?? []);
  const counts = tables.flatMap((query) => query.data ?? []);
  const ready = named.length === ids.length && counts.length === ids.length;
  return (
    <div className="page">
      <PageHead crumbs={[{ name: "Studies", to: "/" }]} title={`Runs of ${counted(ids.length, "study")}`} />
      {failed?.error ? <ErrorNote error={asApiError(failed.error)} /> : null}
      {ids.length === 0 ? (
        <p>
          Select studies in the <Link to="/">list</Link>, then press Runs table.
        </p>
      ) : ready ? (
        <Together studies={named} tables={counts} />
      ) : failed === undefined ? (
        <Loading what="the runs" height={400} />
      ) : null}
    </div>
  );
}

function Together({ studies, tables }: { studies: readonly Study[]; tables: readonly CompactRuns[] }) {
  const address = useAddress();
  const field = useRef<HTMLInputElement>(null);
  const { rows, metrics, parameters } = useMemo(() => rowsOfStudies(studies, tables), [studies, tables]);
  const filter = address.get("runs") ?? "";
  const sort = address.get("sort");
  const off = address.get("off");
  const selected = address.ids("sel");
  const arranged = useArranged(rows, filter, sort, false);
  const faults = useMemo(() => faultsOf(parseSearch(filter), metrics, parameters), [filter, metrics, parameters]);
  const atFirst = ["worker", "peakMemory", "peakGpuMemory", "note", ...metrics.slice(MOST_COLUMNS).map(metricColumn), ...parameters.slice(MOST_COLUMNS).map((name) => PARAMETER + name)];
  const hidden = new Set(off === null ? atFirst : idsOf(off));
  const choices = ["arm", ...parameters.map((name) => PARAMETER + name), "seed", "progress", ...metrics.map(metricColumn), "duration", "peakMemory", "peakGpuMemory", "worker", "note"];
  const owner = (metric: string) => studies.find((study) => study.metric === metric) ?? studies[0];
  useKeys([{ keys: "/", does: "Filter the runs", run: () => field.current?.focus() }]);
  return (
    <Card title="Runs" className="runs-card" actions={<ColumnsMenu columns={choices} hidden={hidden} onHide={(next) => address.set({ off: idsText(next) || "none" })} />}>
      <div className="toolbar">
        <input ref={field} type="search" aria-label="Filter the runs" aria-invalid={faults.length > 0} placeholder={`Filter:  arm:base  is:finished  ${searchName(metrics[0] ?? "metric")}>0.9  seed:7`} value={filter} onChange={(event) => address.set({ runs: event.target.value })} />
        <span className="muted nowrap">{arranged.length === rows.length ? counted(rows.length, "row") : `${arranged.length} of ${counted(rows.length, "row")}`}</span>
        {selected.length < 2 ? null : (
          <Link className="button small" to={`/compare?runs=${selected.join(",")}`}>
            Compare {selected.length}
          </Link>
        )}
      </div>
      {faults.length === 0 ? null : (
        <p className="danger-text" role="status">
          {faults.join(" ")}
        </p>
      )}
      <RunsTable
        rows={arranged}
        metrics={metrics}
        parameters={parameters}
        hidden={hidden}
        fitted={off === null}
        sort={sort}
        selected={selected}
        lowerIsBetter={(metric) => {
          const study = owner(metric);
          return study !== undefined && lowerIsBetter(study, metric);
        }}
        onSort={(next) => address.set({ sort: next })}
        onSelect={(runs) => address.set({ sel: runs.join(",") })}
      />
    </Card>
  );
}
