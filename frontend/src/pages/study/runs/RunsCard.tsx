import type { Summary } from "../../../lib/values";
import { useMemo, useRef, useState } from "react";
import { useSharedOnly } from "../../../api/operation";
import type { CompactRuns, Study } from "../../../api/types";
import { counted } from "../../../lib/words";
import { useKeys } from "../../../state/bindings";
import type { Moved } from "../../../lib/events";
import { Card } from "../../../ui/notes/Card";
import { Choice } from "../../../ui/controls/Choice";
import { SavedViews } from "../../../ui/controls/SavedViews";
import { useAddress } from "../../../state/address";
import { parseSearch, searchName } from "../../../lib/search";
import { lowerIsBetter } from "../asks/design";
import { ColumnsMenu } from "./ColumnsMenu";
import { ALL_BUT_SEED, GroupedRuns } from "./GroupedRuns";
import { RunsActions } from "./RunsActions";
import { differingParameters, faultsOf, idsOf, idsText, metricColumn, noted, PARAMETER, toRows, upToDate } from "./rows";
import { RunsTable } from "./RunsTable";
import { useArranged } from "./useArranged";

const PEAKS = ["peakMemory", "peakGpuMemory"] as const;
const HIDDEN_AT_FIRST = [...PEAKS, "worker"];
/** Parameters that get a column without being asked for. */
const MOST_PARAMETERS = 2;

interface Props {
  study: Study;
  metric: string;
  columns: CompactRuns;
  moved: ReadonlyMap<number, Moved>;
  summary: Summary;
}

/** The runs with their filter, columns, selection and what can be done with it; all of it in the address. */
export function RunsCard({ study, metric, columns, moved, summary }: Props) {
  const address = useAddress();
  const [held, setHeld] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const filter = address.get("runs") ?? "";
  const sort = address.get("sort");
  const selected = address.ids("sel");
  const selectedText = address.get("sel") ?? "";
  const off = address.get("off");
  const group = address.get("group");
  const parameters = useMemo(() => differingParameters(study.spec.arms ?? []), [study.spec.arms]);
  const fetched = useMemo(() => toRows(columns, study.arms, summary, parameters.byArm), [columns, study.arms, summary, parameters]);
  const rows = useMemo(() => upToDate(fetched, moved), [fetched, moved]);
  const notes = useMemo(() => rows.some(noted), [rows]);
  const unsampled = useMemo(() => PEAKS.filter((column) => rows.every((row) => Number.isNaN(row[column]))), [rows]);
  const choices = ["arm", ...parameters.names.map((name) => PARAMETER + name), "seed", "progress", ...study.metrics.map(metricColumn), "duration", ...PEAKS.filter((column) => !unsampled.includes(column)), "worker", ...(notes ? ["note"] : [])];
  const chosenOff = useMemo(
    () => new Set(off === null ? [...HIDDEN_AT_FIRST, ...study.metrics.slice(2).map(metricColumn), ...parameters.names.slice(MOST_PARAMETERS).map((name) => PARAMETER + name)] : idsOf(off)),
    [off, study.metrics, parameters],
  );
  // A column of notes that says nothing takes the room of the numbers.
  const hidden = useMemo(() => new Set([...chosenOff, ...unsampled, ...(notes ? [] : ["note"])]), [chosenOff, unsampled, notes]);
  const arranged = useArranged(rows, filter, sort, held);
  const faults = useMemo(() => faultsOf(parseSearch(filter), study.metrics, parameters.names), [filter, study.metrics, parameters]);
  const chosen = useMemo(() => {
    const ids = new Set(selectedText.split(",").map(Number));
    return rows.filter((row) => ids.has(row.id));
  }, [rows, selectedText]);
  // Whoever reads a shared study changes nothing, by keys either.
  const shared = useSharedOnly() === true;
  useKeys([{ keys: "/", does: "Filter the runs", run: () => field.current?.focus() }]);

  return (
    <Card
      title="Runs"
      className="runs-card"
      actions={
        <>
          <span className="contents members-only">
            <Choice
              label="Group by"
              value={group ?? ""}
              options={[
                { value: "", name: "nothing" },
                { value: ALL_BUT_SEED, name: "all but the seed" },
                ...parameters.names.map((name) => ({ value: name, name })),
              ]}
              onChoose={(next) => address.set({ group: next })}
            />
            <SavedViews page={`study-${study.id}`} />
          </span>
          {group === null ? (
            <ColumnsMenu
              columns={choices}
              hidden={chosenOff}
              onHide={(next) => address.set({ off: idsText(next) || "none" })}
            />
          ) : null}
        </>
      }
    >
      <div className="toolbar">
        <input
          ref={field}
          type="search"
          aria-label="Filter the runs"
          aria-invalid={faults.length > 0}
          placeholder={`Filter:  arm:${study.arms[0]?.name.split(" ")[0] ?? "base"}  is:finished  ${searchName(study.metric)}>0.9  ${parameters.names[0] === undefined ? "seed:7" : `${searchName(parameters.names[0])}>32`}`}
          value={filter}
          onChange={(event) => address.set({ runs: event.target.value })}
        />
        <span className="muted nowrap">
          {arranged.length === rows.length ? counted(rows.length, "row") : `${arranged.length} of ${counted(rows.length, "row")}`}
        </span>
        {shared ? null : <RunsActions study={study} selected={chosen} />}
      </div>
      {faults.length === 0 ? null : (
        <p className="danger-text" role="status">
          {faults.join(" ")}
        </p>
      )}
      {group === null ? null : (
        <GroupedRuns
          study={study}
          metric={metric}
          summary={summary}
          by={group}
          runs={arranged.length === rows.length ? null : arranged.map((row) => row.id).toSorted((one, other) => one - other)}
          onShow={(next) => address.set({ runs: next, group: null }, "push")}
        />
      )}
      <div hidden={group !== null} onPointerEnter={() => setHeld(true)} onPointerLeave={() => setHeld(false)}>
        <RunsTable
          rows={arranged}
          metrics={study.metrics}
          parameters={parameters.names}
          hidden={hidden}
          fitted={off === null}
          sort={sort}
          selected={selected}
          lowerIsBetter={(name) => lowerIsBetter(study, name)}
          onSort={(next) => address.set({ sort: next })}
          onSelect={(runs) => address.set({ sel: runs.join(",") })}
        />
      </div>
    </Card>
  );
}
