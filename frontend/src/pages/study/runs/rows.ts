import { shown, type Summary } from "../../../lib/values";
import type { Arm, CompactRuns } from "../../../api/types";
import { listing, toFloat } from "../../../lib/words";
import { hasEnded, type Moved } from "../../../lib/events";
import { shownState, type ShownState } from "../../../ui/marks/StateMark";
import { holds, searchName, type Piece } from "../../../lib/search";

/** A run as a row of the table. */
export interface TableRow {
  id: number;
  arm: number;
  armName: string;
  seed: number;
  state: ShownState;
  /** Whether a metric was not finite. */
  diverged: boolean;
  attempt: number;
  epoch: number;
  epochs: number | null;
  /** Of the epochs, how many are done: 0 to 1. */
  share: number;
  durationS: number | null;
  /** The largest sampled memory, in bytes; NaN where the run was not sampled. */
  peakMemory: number;
  peakGpuMemory: number;
  worker: string | null;
  reason: string | null;
  excludedReason: string | null;
  tags: readonly string[];
  /** The start of what somebody wrote about it. */
  notes: string;
  /** The parameters in which arms differ. */
  parameters: Readonly<Record<string, unknown>>;
  /** The chosen summary of every metric; NaN where a run has none. */
  values: Record<string, number>;
}

export type Parameters = Readonly<Record<string, unknown>>;

const NO_TAGS: readonly string[] = [];
const NO_PARAMETERS: Parameters = {};

/** Return the parameters in which arms differ, arm by arm; an absent one has its default. */
export function differingParameters(arms: readonly { parameters?: Record<string, unknown> | undefined }[]): { names: string[]; byArm: Parameters[] } {
  const all = [...new Set(arms.flatMap((arm) => Object.keys(arm.parameters ?? {})))];
  const names = all.filter((name) => new Set(arms.map((arm) => JSON.stringify(arm.parameters?.[name]))).size > 1);
  return { names, byArm: arms.map((arm) => Object.fromEntries(names.map((name) => [name, arm.parameters?.[name]]))) };
}


/** Rows out of the service's columns, as they were when these were asked for. */
export function toRows(columns: CompactRuns, arms: readonly Pick<Arm, "name">[], summary: Summary, parameters: readonly Parameters[] = []): TableRow[] {
  const metrics = Object.entries(columns.metrics).map(([name, found]) => ({ name, numbers: found[summary] }));
  return columns.id.map((id, at) => {
    const arm = columns.arm[at] ?? 0;
    const epoch = columns.epoch[at] ?? 0;
    const epochs = columns.epochs[at] ?? null;
    const values: Record<string, number> = {};
    for (const { name, numbers } of metrics) values[name] = toFloat(numbers[at]);
    return {
      id,
      arm,
      armName: arms[arm]?.name ?? String(arm),
      seed: columns.seed[at] ?? 0,
      state: shownState(columns.state[at] ?? "queued", columns.diverged[at] ?? false),
      diverged: columns.diverged[at] ?? false,
      attempt: columns.attempt[at] ?? 1,
      epoch,
      epochs,
      share: shareOf(epoch, epochs),
      durationS: columns.duration_s[at] ?? null,
      peakMemory: columns.peak_memory_bytes[at] ?? Number.NaN,
      peakGpuMemory: columns.peak_gpu_memory_bytes[at] ?? Number.NaN,
      worker: columns.worker[at] ?? null,
      reason: columns.reason[at] ?? null,
      excludedReason: columns.excluded_reason[at] ?? null,
      tags: columns.annotations[id]?.tags ?? NO_TAGS,
      notes: columns.annotations[id]?.notes ?? "",
      parameters: parameters[arm] ?? NO_PARAMETERS,
      values,
    };
  });
}

function shareOf(epoch: number, epochs: number | null): number {
  return epochs === null || epochs === 0 ? 0 : epoch / epochs;
}

/** The rows as the events since have them; a row that nothing happened to stays the same object, and is not drawn again. */
export function upToDate(rows: readonly TableRow[], moved: ReadonlyMap<number, Moved>): readonly TableRow[] {
  if (moved.size === 0) return rows;
  return rows.map((row) => {
    const live = moved.get(row.id);
    if (live === undefined || live[2] < row.attempt) return row;
    // A run that ended waits for the snapshot that counts it everywhere else too.
    if (hasEnded(live[1])) return row;
    // Nor does an event from before the snapshot take back what it counts.
    if (live[2] === row.attempt && (row.state === "diverged" || hasEnded(row.state) || live[3] < row.epoch)) return row;
    const state = shownState(live[1], row.diverged);
    if (state === row.state && live[3] === row.epoch) return row;
    return { ...row, state, epoch: live[3], share: shareOf(live[3], row.epochs) };
  });
}

/** Whether a row has anything to say beside its numbers. */
export function noted(row: TableRow): boolean {
  return row.reason !== null || row.excludedReason !== null || row.tags.length > 0 || row.notes !== "";
}

/** Count runs by state, replays left out. */
export function countsOf(columns: Pick<CompactRuns, "state">): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const state of columns.state) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

/** Why most of the failed runs failed, and how many of them for that; null where none says why. */
export function commonestReason(columns: Pick<CompactRuns, "id" | "state" | "reason">): { reason: string; runs: number } | null {
  const told = new Map<string, number>();
  columns.id.forEach((_, at) => {
    const reason = columns.reason[at];
    if (columns.state[at] === "failed" && reason) told.set(reason, (told.get(reason) ?? 0) + 1);
  });
  const [first] = [...told].toSorted(([, one], [, other]) => other - one);
  return first === undefined ? null : { reason: first[0], runs: first[1] };
}

const KEYS = {
  arm: (row: TableRow, value: string) => row.armName.toLowerCase().includes(value.toLowerCase()),
  is: (row: TableRow, value: string) => (value === "excluded" ? row.excludedReason !== null : row.state === value),
  seed: (row: TableRow, value: string) => String(row.seed) === value,
  tag: (row: TableRow, value: string) => row.tags.some((tag) => tag.toLowerCase() === value.toLowerCase()),
  run: (row: TableRow, value: string) => String(row.id) === value,
  worker: (row: TableRow, value: string) => (row.worker ?? "").includes(value),
};

/** Tell a field of runs from a parameter's name; only own keys count, since a parameter may be called `constructor`. */
function isField(key: string): key is keyof typeof KEYS {
  return Object.hasOwn(KEYS, key);
}

function numberOf(row: TableRow, key: string, metricOnly: boolean): number {
  if (metricOnly) return row.values[key] ?? Number.NaN;
  if (key === "seed") return row.seed;
  if (key === "epoch") return row.epoch;
  if (key === "duration") return row.durationS ?? Number.NaN;
  // `acc` means `accuracy`, and `val_acc` `val_accuracy`: the first metric that starts so.
  const names = Object.keys(row.values);
  const metric = names.find((name) => name === key) ?? names.find((name) => name.startsWith(key));
  if (metric !== undefined) return row.values[metric] ?? Number.NaN;
  const parameter = row.parameters[key];
  return typeof parameter === "number" ? parameter : Number.NaN;
}

function fits(row: TableRow, piece: Piece): boolean {
  switch (piece.kind) {
    case "is":
      return isField(piece.key)
        ? KEYS[piece.key](row, piece.value)
        : Object.entries(row.parameters).some(([name, value]) => name.toLowerCase() === piece.key && shown(value) === piece.value);
    case "number":
      return holds(numberOf(row, piece.key, piece.metric === true), piece.operator, piece.value);
    case "word": {
      const text = `${row.armName} seed ${row.seed} ${row.reason ?? ""} ${row.excludedReason ?? ""} ${row.tags.join(" ")} ${row.notes}`;
      return text.toLowerCase().includes(piece.value.toLowerCase());
    }
  }
}

const STATES = ["queued", "running", "finished", "failed", "cancelled", "diverged", "excluded"];
const NUMBERED = new Set(["seed", "run"]);

/** What of a filter can fit no row whatever the rows are, in words: fields there are none of, and numbers that are none. */
export function faultsOf(pieces: readonly Piece[], metrics: readonly string[], parameters: readonly string[] = []): string[] {
  return pieces.flatMap((piece) => {
    if (piece.kind === "is") {
      if (!isField(piece.key) && !parameters.some((name) => name.toLowerCase() === piece.key)) return [`Unknown field “${piece.key}”. Use ${listing(Object.keys(KEYS), 12, { join: "or" })}.`];
      if (piece.key === "is" && !STATES.includes(piece.value)) return [`Unknown state “${piece.value}”. Use ${listing(STATES, 12, { join: "or" })}.`];
      const number = NUMBERED.has(piece.key) && !/^\d+$/.test(piece.value);
      return number ? [`${piece.key} needs a whole number (got “${piece.value}”).`] : [];
    }
    if (piece.kind === "word") {
      const unread = /^([^<>=!]+)(?:<=|>=|!=|<|>|=)(.*)$/.exec(piece.value);
      return unread === null ? [] : [`${unread[1] ?? ""} needs a number (got “${unread[2] ?? ""}”).`];
    }
    if (Number.isNaN(piece.value)) return [`${piece.key}${piece.operator} needs a number.`];
    if (piece.metric === true) return metrics.includes(piece.key) ? [] : [`Unknown metric “${piece.key}”. Use ${listing(metrics.map(searchName), 12, { join: "or" })}.`];
    const known = ["seed", "epoch", "duration"].includes(piece.key) || [...metrics, ...parameters].some((name) => name.startsWith(piece.key));
    return known ? [] : [`Unknown number “${piece.key}”. Use ${listing(["seed", "epoch", "duration", ...metrics, ...parameters].map(searchName), 12, { join: "or" })}.`];
  });
}

export function filtered(rows: readonly TableRow[], pieces: readonly Piece[]): TableRow[] {
  return pieces.length === 0 ? [...rows] : rows.filter((row) => pieces.every((piece) => fits(row, piece) !== (piece.negated === true)));
}

const STATE_ORDER: Record<ShownState, number> = {
  running: 0,
  failed: 1,
  diverged: 2,
  queued: 3,
  finished: 4,
  cancelled: 5,
};

/** What stands before a parameter's name in the id of its column, so that a metric of that name is another. */
export const PARAMETER = "p:";
/** What stands before a metric's name in the id of its column, where the name alone would be another column's id. */
export const METRIC = "m:";
const COLUMNS = new Set(["state", "arm", "seed", "progress", "epoch", "duration", "peakMemory", "peakGpuMemory", "worker", "note", "none"]);
const NAMES: Readonly<Record<string, string>> = { progress: "epoch", peakMemory: "peak memory", peakGpuMemory: "peak GPU memory" };

/** The id of a metric's column. */
export function metricColumn(name: string): string {
  return COLUMNS.has(name) || name.startsWith(PARAMETER) || name.startsWith(METRIC) ? METRIC + name : name;
}

/** The name of a column, as the menu of columns has it. */
export function columnName(id: string): string {
  if (id.startsWith(METRIC)) return `${id.slice(METRIC.length)} (metric)`;
  return NAMES[id] ?? (id.startsWith(PARAMETER) ? id.slice(PARAMETER.length) : id);
}

/** Column ids as they stand in the address, separated by commas: a comma in a name is no separator. */
export function idsText(ids: Iterable<string>): string {
  return [...ids].map((id) => id.replaceAll("%", "%25").replaceAll(",", "%2C")).join(",");
}

/** The ids of `idsText`. */
export function idsOf(text: string): string[] {
  return text.split(",").map((id) => id.replaceAll("%2C", ",").replaceAll("%25", "%"));
}

/** A sort as the address has it, `COLUMN.asc` or `COLUMN.desc`: a name may have a dot, too. */
export function sortOf(text: string | null): { column: string | null; descending: boolean } {
  const dot = text?.lastIndexOf(".") ?? -1;
  return text === null || dot < 0 ? { column: text, descending: false } : { column: text.slice(0, dot), descending: text.slice(dot + 1) === "desc" };
}

function sortKey(row: TableRow, column: string): number | string {
  switch (column) {
    case "state":
      return STATE_ORDER[row.state];
    case "arm":
      return row.arm;
    case "seed":
      return row.seed;
    case "progress":
      return row.share;
    case "duration":
      return row.durationS ?? Number.NaN;
    case "peakMemory":
    case "peakGpuMemory":
      return row[column];
    case "worker":
      return row.worker ?? "";
    default: {
      if (column.startsWith(PARAMETER)) {
        const value = row.parameters[column.slice(PARAMETER.length)];
        return typeof value === "number" ? value : value === undefined ? "" : shown(value);
      }
      return row.values[column.startsWith(METRIC) ? column.slice(METRIC.length) : column] ?? Number.NaN;
    }
  }
}

function compareKeys(one: number | string, other: number | string): number {
  if (typeof one === "string" || typeof other === "string") return String(one).localeCompare(String(other));
  return one - other;
}

function missing(key: number | string): boolean {
  return typeof key === "number" && Number.isNaN(key);
}

/** Rows by a column; what has no number there comes last either way, and ties keep the order they were planned in. */
export function sorted(rows: readonly TableRow[], column: string | null, descending: boolean): TableRow[] {
  if (column === null) return [...rows];
  const keyed = rows.map((row) => ({ row, key: sortKey(row, column) }));
  return keyed
    .toSorted((one, other) => {
      if (missing(one.key) || missing(other.key)) return Number(missing(one.key)) - Number(missing(other.key));
      const order = compareKeys(one.key, other.key);
      return descending ? -order : order;
    })
    .map(({ row }) => row);
}

/** The rows in an order that was held; new ones at the end, so that nothing moves under the pointer. */
export function inHeldOrder(rows: readonly TableRow[], held: readonly number[]): TableRow[] {
  const place = new Map(held.map((id, index) => [id, index]));
  return rows.toSorted((one, other) => (place.get(one.id) ?? held.length) - (place.get(other.id) ?? held.length));
}
