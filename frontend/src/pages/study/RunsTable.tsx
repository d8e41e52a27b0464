import { useTable, type Row } from "@tanstack/react-table";
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { useNavigate } from "react-router";
import { useKeys } from "../../keys/bindings";
import { nextSort } from "../../parts/SortHead";
import { hovered } from "../../view/highlight";
import { density } from "../../view/preferences";
import { useStore } from "../../view/store";
import { features, METRIC_WIDTH, runColumns, WIDTHS } from "./columns";
import type { TableRow } from "./rows";

const ROW_HEIGHT = { comfortable: 36, compact: 28 } as const;

interface RowProps {
  row: Row<typeof features, TableRow>;
  top: number;
  index: number;
  current: boolean;
  chosen: boolean;
  onChoose: (id: number) => void;
  render: (row: Row<typeof features, TableRow>) => ReactNode;
}

function RunRow({ row, top, index, current, chosen, onChoose, render }: RowProps) {
  const { id } = row.original;
  const lit = useStore(hovered, (run) => run === id);
  const navigate = useNavigate();
  const classes = ["runs-row", lit && "lit-row", current && "current", row.original.excludedReason !== null && "left-out"];
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus -- j, k and Enter do the same
    <div
      role="row"
      aria-rowindex={index + 2}
      aria-selected={chosen}
      data-run={id}
      className={classes.filter(Boolean).join(" ")}
      style={{ transform: `translateY(${top}px)` }}
      onPointerEnter={() => hovered.set(id)}
      onPointerLeave={() => hovered.set(null)}
      onClick={(event) => {
        if ((event.target as HTMLElement).closest("input, a, button") === null) void navigate(`/runs/${id}`);
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
      {render(row)}
    </div>
  );
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
  const virtual = useWindowVirtualizer({
    count: model.length,
    estimateSize: () => height,
    overscan: 12,
    scrollMargin: body.current?.offsetTop ?? 0,
  });
  useEffect(() => virtual.measure(), [virtual, height]);

  const choose = (id: number) => {
    onSelect(selected.includes(id) ? selected.filter((other) => other !== id) : [...selected, id]);
  };
  const step = (by: number) => {
    const next = Math.max(0, Math.min(rows.length - 1, at + by));
    setAt(next);
    hovered.set(rows[next]?.id ?? null);
    virtual.scrollToIndex(next, { align: "auto" });
  };
  const current = rows[at];
  useKeys([
    { keys: "j", does: "Next run", run: () => step(1) },
    { keys: "k", does: "Previous run", run: () => step(-1) },
    { keys: "x", does: "Select the run", run: () => current && choose(current.id) },
    { keys: "o", does: "Open the run", run: () => current && void navigate(`/runs/${current.id}`) },
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
                chosen={selected.includes(row.original.id)}
                onChoose={choose}
                render={(shownRow) =>
                  shownRow.getVisibleCells().map((cell) => (
                    <div role="cell" key={cell.id} data-column={cell.column.id} className={numeric(cell.column.id)}>
                      <table.FlexRender cell={cell} />
                    </div>
                  ))
                }
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
