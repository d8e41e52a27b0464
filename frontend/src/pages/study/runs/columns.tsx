import { columnVisibilityFeature, createColumnHelper, tableFeatures } from "@tanstack/react-table";
import { Link } from "react-router";
import { shown } from "../../../lib/values";
import { number, size } from "../../../lib/words";
import { ArmChip } from "../../../ui/marks/ArmChip";
import { StateMark } from "../../../ui/marks/StateMark";
import { Took, Value } from "../../../ui/marks/Value";
import { metricColumn, PARAMETER, type TableRow } from "./rows";

export const features = tableFeatures({ columnVisibilityFeature });
const helper = createColumnHelper<typeof features, TableRow>();

interface Width {
  /** The least it is drawn, in pixels. */
  least: number;
  /** Its share of what is left of the row; none for columns that are always as wide. */
  share?: number;
}

const WIDTHS: Record<string, Width> = {
  state: { least: 104 },
  arm: { least: 96, share: 1.6 },
  seed: { least: 72, share: 0.6 },
  progress: { least: 72, share: 0.6 },
  duration: { least: 80, share: 0.6 },
  worker: { least: 96, share: 1 },
  note: { least: 160, share: 2.4 },
};
/** In a narrow window, where the state is a shape alone. */
const NARROW: Record<string, Width> = { state: { least: 20 }, arm: { least: 72, share: 1.6 }, seed: { least: 40, share: 0.6 } };
const OF_A_METRIC: Width = { least: 88, share: 0.8 };
const BOX: Width = { least: 24 };
const GAP = 8;

/** The row's columns as a CSS grid, the box to select it by first, and how narrow a row may become in pixels. */
export function gridOf(columns: readonly string[], narrow = false): { template: string; least: number } {
  const known = narrow ? { ...WIDTHS, ...NARROW } : WIDTHS;
  const widths = [BOX, ...columns.map((column) => known[column] ?? OF_A_METRIC)];
  const template = widths.map(({ least, share }) => (share === undefined ? `${least}px` : `minmax(${least}px, ${share}fr)`));
  return { template: template.join(" "), least: widths.reduce((sum, { least }) => sum + least + GAP, GAP) };
}

const WORDS = new Set(["state", "arm", "worker", "note"]);
const ALWAYS = new Set(["state", "arm", "seed"]);

/**
 * The class of a column's cells. Of columns that nobody chose (`fitted`), a narrow window keeps those that say which run
 * it is and how it stands, and the metric that decides.
 */
export function classOf(column: string, fitted: boolean, deciding: string | undefined): string | undefined {
  const wideOnly = fitted && !ALWAYS.has(column) && column !== deciding;
  const names = [WORDS.has(column) ? null : "num", wideOnly ? "wide-only" : null];
  return names.filter((name) => name !== null).join(" ") || undefined;
}

function SeedLink({ run, seed, linked }: { run: number; seed: number; linked: boolean }) {
  if (!linked) return <>{seed}</>;
  return (
    <Link to={`/runs/${run}`} className="run-link" tabIndex={-1}>
      {seed}
    </Link>
  );
}

function Note({ row }: { row: TableRow }) {
  return (
    <span className="run-note">
      {row.tags.map((tag) => (
        <span key={tag} className="tag">
          {tag}
        </span>
      ))}
      <Reason row={row} />
      {row.notes === "" ? null : (
        <span className="cut muted" title={row.notes}>
          {row.notes}
        </span>
      )}
    </span>
  );
}

function Reason({ row }: { row: TableRow }) {
  if (row.excludedReason !== null) {
    return (
      <span className="cut" title={row.excludedReason}>
        excluded: {row.excludedReason}
      </span>
    );
  }
  if (row.reason === null) return null;
  return (
    <span className={row.state === "failed" ? "cut danger-text" : "cut muted"} title={row.reason}>
      {row.reason}
    </span>
  );
}

/** The columns of the runs table: the fixed ones, and one a metric. Not `linked`, seeds do not lead to their runs' pages. */
export function runColumns(metrics: readonly string[], parameters: readonly string[] = [], linked = true) {
  return helper.columns([
    helper.accessor("state", {
      header: "State",
      cell: ({ row }) => <StateMark state={row.original.state} share={row.original.share} word />,
    }),
    helper.accessor("arm", {
      header: "Arm",
      cell: ({ row }) => <ArmChip position={row.original.arm} name={row.original.armName} />,
    }),
    ...parameters.map((name) =>
      helper.accessor((row) => row.parameters[name], {
        id: PARAMETER + name,
        header: name,
        cell: ({ row }) => <span className="cut">{shown(row.original.parameters[name])}</span>,
      }),
    ),
    helper.accessor("seed", {
      header: "Seed",
      cell: ({ row }) => (
        <SeedLink run={row.original.id} seed={row.original.seed} linked={linked} />
      ),
    }),
    helper.accessor("share", {
      id: "progress",
      header: "Epoch",
      cell: ({ row }) => `${row.original.epoch}${row.original.epochs === null ? "" : `/${row.original.epochs}`}`,
    }),
    ...metrics.map((metric) =>
      helper.accessor((row) => row.values[metric], {
        id: metricColumn(metric),
        header: metric,
        cell: ({ row }) => {
          const value = row.original.values[metric];
          const there = value !== undefined && !(Number.isNaN(value) && row.original.state !== "diverged");
          return there ? <Value value={value} text={number(value)} /> : <span className="muted">–</span>;
        },
      }),
    ),
    helper.accessor("durationS", {
      id: "duration",
      header: "Duration",
      cell: ({ row }) => <Took seconds={row.original.durationS} />,
    }),
    ...(["peakMemory", "peakGpuMemory"] as const).map((column) =>
      helper.accessor(column, {
        header: column === "peakMemory" ? "Peak memory" : "Peak GPU memory",
        cell: ({ row }) => (Number.isNaN(row.original[column]) ? <span className="muted">–</span> : size(row.original[column])),
      }),
    ),
    helper.accessor("worker", { header: "Worker", cell: ({ row }) => <span className="cut">{row.original.worker ?? "–"}</span> }),
    helper.display({ id: "note", header: "Note", cell: ({ row }) => <Note row={row.original} /> }),
  ]);
}
