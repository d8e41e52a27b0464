import { useTable } from "@tanstack/react-table";
import { useWindowVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useEffect, useMemo, useRef, useState, type ReactNode, type RefObject } from "react";
import { flushSync } from "react-dom";
import { useNavigate } from "react-router";
import { useSharedOnly } from "../../../api/operation";
import { useKeys } from "../../../state/bindings";
import { nextSort } from "../../../ui/controls/SortHead";
import { light } from "../../../state/highlight";
import { density } from "../../../state/preferences";
import { useStore } from "../../../state/store";
import { useLatest } from "../../../state/useLatest";
import { classOf, features, gridOf, runColumns } from "./columns";
import { RunRow } from "./RunRow";
import { metricColumn, sortOf, type TableRow } from "./rows";

/** A table that wants no more than this fits every window in which its head stays in sight. */
const FITS_PX = 1080;
const ROW_HEIGHT = { comfortable: 36, compact: 28 } as const;

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

/** Return true while the page is printed: then every row is drawn. */
function usePrinting(): boolean {
  const [printing, setPrinting] = useState(false);
  useEffect(() => {
    const media = window.matchMedia("print");
    const change = () => flushSync(() => setPrinting(media.matches));
    const before = () => flushSync(() => setPrinting(true));
    const after = () => setPrinting(false);
    media.addEventListener("change", change);
    window.addEventListener("beforeprint", before);
    window.addEventListener("afterprint", after);
    return () => {
      media.removeEventListener("change", change);
      window.removeEventListener("beforeprint", before);
      window.removeEventListener("afterprint", after);
    };
  }, []);
  return printing;
}

interface Props {
  rows: readonly TableRow[];
  metrics: readonly string[];
  /** Parameters in which arms differ: a column each. */
  parameters: readonly string[];
  hidden: ReadonlySet<string>;
  /** Whether nobody chose the columns: a narrow window then shows fewer of them. */
  fitted: boolean;
  sort: string | null;
  selected: readonly number[];
  /** True if a metric is better the lower it is: its first sort then begins with the lowest. */
  lowerIsBetter: (metric: string) => boolean;
  onSort: (sort: string | null) => void;
  onSelect: (runs: number[]) => void;
}

/** The study's runs: virtualised in the page's own scroll, so that 10,000 rows scroll as ten do. */
export function RunsTable({ rows, metrics, parameters, hidden, fitted, sort, selected, lowerIsBetter, onSort, onSelect }: Props) {
  const [at, setAt] = useState(-1);
  const body = useRef<HTMLDivElement>(null);
  const navigate = useNavigate();
  // Whoever reads a shared study has no page of its runs.
  const shared = useSharedOnly() === true;
  const height = ROW_HEIGHT[useStore(density)];
  const margin = useTopOnPage(body);
  const printing = usePrinting();
  const virtual = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => height,
    overscan: printing ? rows.length : 12,
    scrollMargin: margin,
  });
  useEffect(() => virtual.measure(), [virtual, height]);
  useEffect(() => () => light(), []);
  const items = virtual.getVirtualItems();

  const columns = useMemo(() => runColumns(metrics, parameters, !shared), [metrics, parameters, shared]);
  const highFirst = new Set(metrics.filter((metric) => !lowerIsBetter(metric)).map(metricColumn));
  const columnVisibility = useMemo(() => Object.fromEntries([...hidden].map((id) => [id, false])), [hidden]);
  // Only what is drawn: filter and order are the page's own, and rows for 10,000 runs would be made anew at every event.
  const first = items[0]?.index ?? 0;
  const end = (items.at(-1)?.index ?? -1) + 1;
  const data = useMemo(() => rows.slice(first, end), [rows, first, end]);
  const table = useTable({ features, columns, data, getRowId: (row) => String(row.id), state: { columnVisibility } });
  const drawn = table.getRowModel().rows;
  const shown = table.getVisibleLeafColumns().map((column) => column.id);
  const shownText = shown.join("\n");
  const classes = useMemo(
    () => new Map(shownText.split("\n").map((id) => [id, classOf(id, fitted, metricColumn(metrics[0] ?? ""))])),
    [shownText, fitted, metrics],
  );
  const grid = gridOf(shown);
  const narrow = gridOf(shown.filter((id) => !(classes.get(id) ?? "").includes("wide-only")), fitted);

  const latest = useLatest({ selected, onSelect });
  const choose = useCallback(
    (id: number) => {
      const before = latest.current.selected;
      latest.current.onSelect(before.includes(id) ? before.filter((other) => other !== id) : [...before, id]);
    },
    [latest],
  );
  const open = useCallback(
    (id: number) => {
      if (!shared) void navigate(`/runs/${id}`);
    },
    [navigate, shared],
  );
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
    ...(shared ? [] : [{ keys: "o", does: "Open the run", run: () => current && open(current.id) }]),
  ]);

  const every = rows.length > 0 && selected.length >= rows.length;
  const sizes = {
    "--columns": grid.template,
    "--least": `${grid.least}px`,
    "--narrow-columns": narrow.template,
    "--narrow-least": `${narrow.least}px`,
  };
  return (
    <div className={grid.least <= FITS_PX ? "runs-scroll fits" : "runs-scroll"}>
      <div role="table" aria-label="Runs" aria-rowcount={rows.length + 1} className={fitted ? "runs fitted" : "runs"} style={sizes as never}>
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
              <RunHead key={header.id} id={header.column.id} className={classes.get(header.column.id)} sort={sort} descending={highFirst.has(header.column.id)} onSort={onSort}>
                <table.FlexRender header={header} />
              </RunHead>
            ))}
          </div>
        </div>
        <div role="rowgroup" ref={body} style={{ height: virtual.getTotalSize(), position: "relative" }}>
          {items.map((item, place) => {
            const row = drawn[place];
            if (row === undefined) return null;
            return (
              <RunRow
                key={row.id}
                row={row}
                top={item.start - virtual.options.scrollMargin}
                index={item.index}
                current={item.index === at}
                chosen={chosen.has(row.original.id)}
                classes={classes}
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

interface HeadProps {
  id: string;
  className: string | undefined;
  sort: string | null;
  /** True if the first click sorts from high to low. */
  descending: boolean;
  onSort: (sort: string | null) => void;
  children: ReactNode;
}

function RunHead({ id, className, sort, descending, onSort, children }: HeadProps) {
  const { column, descending: down } = sortOf(sort);
  const by = column !== id ? undefined : down ? "desc" : "asc";
  if (id === "note") {
    return (
      <div role="columnheader" className={className}>
        {children}
      </div>
    );
  }
  return (
    <div role="columnheader" aria-sort={by === undefined ? "none" : by === "asc" ? "ascending" : "descending"} className={className}>
      {id === "state" ? <span className="visually-hidden">State</span> : null}
      <button type="button" className="sort cut" onClick={() => onSort(nextSort(sort, id, descending))}>
        {children}
        <span aria-hidden="true">{by === undefined ? "" : by === "asc" ? " ↑" : " ↓"}</span>
      </button>
    </div>
  );
}
