import { FlexRender, useTable, type Row } from "@tanstack/react-table";
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { memo, useCallback, useEffect, useMemo, useRef, useState, type ReactNode, type RefObject } from "react";
import { useNavigate } from "react-router";
import { useKeys } from "../../keys/bindings";
import { nextSort } from "../../parts/SortHead";
import { hovered, light } from "../../view/highlight";
import { density } from "../../view/preferences";
import { useStore } from "../../view/store";
import { useLatest } from "../../view/useLatest";
import { features, METRIC_WIDTH, runColumns, WIDTHS } from "./columns";
import type { TableRow } from "./rows";

const ROW_HEIGHT = { comfortable: 36, compact: 28 } as const;

interface RowProps {
  row: Row<typeof features, TableRow>;
  top: number;
  index: number;
  current: boolean;
  chosen: boolean;
  /** Which columns are shown; a row draws itself anew when this changes. */
  columns: string;
  onChoose: (id: number) => void;
  onOpen: (id: number) => void;
}

/** One run; drawn again only when something of it changed, so that scrolling costs no more than the new rows. */
const RunRow = memo(function RunRow({ row, top, index, current, chosen, onChoose, onOpen }: RowProps) {
  const { id } = row.original;
  const lit = useStore(hovered, (runs) => runs.includes(id));
  const classes = ["runs-row", lit && "lit-row", current && "current", row.original.excludedReason !== null && "left-out"];
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus -- j, k and o do the same
    <div
      role="row"
      aria-rowindex={index + 2}
      aria-selected={chosen}
      data-run={id}
      className={classes.filter(Boolean).join(" ")}
      style={{ transform: `translateY(${top}px)` }}
      onPointerEnter={() => light(id)}
      onPointerLeave={() => light()}
      onClick={(event) => {
        if ((event.target as HTMLElement).closest("input, a, button") === null) onOpen(id);
      }}
    >
      <div role="cell">
        <input
          type="checkbox"
          checked={chosen}
          onChange={() => onChoose(id)}
          aria-label={`Select ${row.original.armName}, seed ${row.original.seed}`}
        />
      </div>
      {row.getVisibleCells().map((cell) => (
        <div role="cell" key={cell.id} data-column={cell.column.id} className={numeric(cell.column.id)}>
          <FlexRender cell={cell} />
        </div>
      ))}
    </div>
  );
});

/** How far down the page an element begins; followed as what stands above it grows. */
function useTopOnPage(element: RefObject<HTMLElement | null>): number {
  const [top, setTop] = useState(0);
  useEffect(() => {
    const measure = () => setTop((element.current?.getBoundingClientRect().top ?? 0) + window.scrollY);
    const observer = new ResizeObserver(measure);
    observer.observe(document.body);
    return () => observer.disconnect();
  }, [element]);
  return top;
}

interface Props {
  rows: readonly TableRow[];
  metrics: readonly string[];
  hidden: ReadonlySet<string>;
  sort: string | null;
  selected: readonly number[];
  onSort: (sort: string | null) => void;
  onSelect: (runs: number[]) => void;
}

/** The study's runs: virtualised in the page's own scroll, so that 10,000 rows scroll as ten do. */
export function RunsTable({ rows, metrics, hidden, sort, selected, onSort, onSelect }: Props) {
  const [at, setAt] = useState(-1);
  const body = useRef<HTMLDivElement>(null);
  const navigate = useNavigate();
  const height = ROW_HEIGHT[useStore(density)];
  const columns = useMemo(() => runColumns(metrics), [metrics]);
  const columnVisibility = useMemo(() => Object.fromEntries([...hidden].map((id) => [id, false])), [hidden]);
  const table = useTable({
    features,
    columns,
    data: rows as TableRow[],
    getRowId: (row) => String(row.id),
    state: { columnVisibility },
  });
  const model = table.getRowModel().rows;
  const margin = useTopOnPage(body);
  const virtual = useWindowVirtualizer({
    count: model.length,
    estimateSize: () => height,
    overscan: 12,
    scrollMargin: margin,
  });
  useEffect(() => virtual.measure(), [virtual, height]);

  const latest = useLatest({ selected, onSelect });
  const choose = useCallback(
    (id: number) => {
      const before = latest.current.selected;
      latest.current.onSelect(before.includes(id) ? before.filter((other) => other !== id) : [...before, id]);
    },
    [latest],
  );
  const open = useCallback((id: number) => void navigate(`/runs/${id}`), [navigate]);
  const chosen = useMemo(() => new Set(selected), [selected]);
  const step = (by: number) => {
    const next = Math.max(0, Math.min(rows.length - 1, at + by));
    setAt(next);
    const row = rows[next];
    if (row !== undefined) light(row.id);
    virtual.scrollToIndex(next, { align: "auto" });
  };
  const current = rows[at];
  useKeys([
    { keys: "j", does: "Next run", run: () => step(1) },
    { keys: "k", does: "Previous run", run: () => step(-1) },
    { keys: "x", does: "Select the run", run: () => current && choose(current.id) },
    { keys: "o", does: "Open the run", run: () => current && open(current.id) },
  ]);

  const shown = table.getVisibleLeafColumns();
  const template = ["32px", ...shown.map((column) => WIDTHS[column.id] ?? METRIC_WIDTH)].join(" ");
  const every = rows.length > 0 && selected.length >= rows.length;
  return (
    <div className="runs-scroll">
      <div role="table" aria-label="Runs" aria-rowcount={rows.length + 1} className="runs" style={{ "--columns": template } as never}>
        <div role="rowgroup">
          <div role="row" className="runs-row runs-head" aria-rowindex={1}>
            <div role="columnheader">
              <input
                type="checkbox"
                aria-label="Select all shown runs"
                checked={every}
                onChange={() => onSelect(every ? [] : rows.map((row) => row.id))}
              />
            </div>
            {table.getHeaderGroups()[0]?.headers.map((header) => (
              <RunHead key={header.id} id={header.column.id} sort={sort} onSort={onSort}>
                <table.FlexRender header={header} />
              </RunHead>
            ))}
          </div>
        </div>
        <div role="rowgroup" ref={body} style={{ height: virtual.getTotalSize(), position: "relative" }}>
          {virtual.getVirtualItems().map((item) => {
            const row = model[item.index];
            if (row === undefined) return null;
            return (
              <RunRow
                key={row.id}
                row={row}
                top={item.start - virtual.options.scrollMargin}
                index={item.index}
                current={item.index === at}
                chosen={chosen.has(row.original.id)}
                columns={template}
                onChoose={choose}
                onOpen={open}
              />
            );
          })}
        </div>
      </div>
    </div>
  );
}

function numeric(column: string): string | undefined {
  return ["state", "arm", "worker", "note"].includes(column) ? undefined : "num";
}

interface HeadProps {
  id: string;
  sort: string | null;
  onSort: (sort: string | null) => void;
  children: ReactNode;
}

function RunHead({ id, sort, onSort, children }: HeadProps) {
  const by = sort?.split(".")[0] === id ? sort.split(".")[1] : undefined;
  if (id === "note") {
    return <div role="columnheader">{children}</div>;
  }
  return (
    <div role="columnheader" aria-sort={by === undefined ? "none" : by === "asc" ? "ascending" : "descending"} className={numeric(id)}>
      <button type="button" className="sort cut" onClick={() => onSort(nextSort(sort, id, false))}>
        {children}
        <span aria-hidden="true">{by === undefined ? "" : by === "asc" ? " ↑" : " ↓"}</span>
      </button>
    </div>
  );
}
