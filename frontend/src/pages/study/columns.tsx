import { columnVisibilityFeature, createColumnHelper, tableFeatures } from "@tanstack/react-table";
import { Link } from "react-router";
import { short } from "../../format/numbers";
import { ArmChip } from "../../parts/ArmChip";
import { StateMark } from "../../parts/StateMark";
import { Took, Value } from "../../parts/Value";
import type { TableRow } from "./rows";

export const features = tableFeatures({ columnVisibilityFeature });
const helper = createColumnHelper<typeof features, TableRow>();

/** How wide each column is drawn, in CSS grid terms; metrics and anything unnamed share one width. */
export const WIDTHS: Record<string, string> = {
  state: "112px",
  arm: "minmax(96px, 1.4fr)",
  seed: "minmax(72px, 0.8fr)",
  progress: "88px",
  duration: "88px",
  worker: "minmax(96px, 1fr)",
  note: "minmax(80px, 2fr)",
};
export const METRIC_WIDTH = "minmax(96px, 1fr)";

function Note({ row }: { row: TableRow }) {
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

/** The columns of the runs table: the fixed ones, and one a metric. */
export function runColumns(metrics: readonly string[]) {
  return helper.columns([
    helper.accessor("state", {
      header: "State",
      cell: ({ row }) => <StateMark state={row.original.state} share={row.original.share} word />,
    }),
    helper.accessor("arm", {
      header: "Arm",
      cell: ({ row }) => <ArmChip position={row.original.arm} name={row.original.armName} />,
    }),
    helper.accessor("seed", {
      header: "Seed",
      cell: ({ row }) => (
        <Link to={`/runs/${row.original.id}`} className="mono" tabIndex={-1}>
          {row.original.seed}
        </Link>
      ),
    }),
    helper.accessor("share", {
      id: "progress",
      header: "Epoch",
      cell: ({ row }) => `${row.original.epoch}${row.original.epochs === null ? "" : `/${row.original.epochs}`}`,
    }),
    ...metrics.map((metric) =>
      helper.accessor((row) => row.values[metric], {
        id: metric,
        header: metric,
        cell: ({ row }) => {
          const value = row.original.values[metric];
          const there = value !== undefined && !(Number.isNaN(value) && row.original.state !== "diverged");
          return there ? <Value value={value} text={short(value)} /> : <span className="muted">–</span>;
        },
      }),
    ),
    helper.accessor("durationS", {
      id: "duration",
      header: "Duration",
      cell: ({ row }) => <Took seconds={row.original.durationS} />,
    }),
    helper.accessor("worker", { header: "Worker", cell: ({ row }) => <span className="cut">{row.original.worker ?? "–"}</span> }),
    helper.display({ id: "note", header: "Note", cell: ({ row }) => <Note row={row.original} /> }),
  ]);
}
