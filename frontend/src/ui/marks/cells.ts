import type { Fingerprint } from "../../api/types";

const KIND_ORDER = ["seeds", "data", "split", "initial", "order", "weights", "final", "series"];

/** One cell of a fingerprint strip. */
export interface Cell {
  key: string;
  name: string;
  digest: string | null;
}

function keyOf(fingerprint: Fingerprint): string {
  return `${fingerprint.kind} ${fingerprint.step}`;
}

function nameOf(fingerprint: Fingerprint): string {
  return fingerprint.kind === "weights" ? `epoch ${fingerprint.step}` : fingerprint.kind;
}

function place(fingerprint: Fingerprint): number {
  const kind = KIND_ORDER.indexOf(fingerprint.kind);
  return (kind < 0 ? KIND_ORDER.length : kind) * 1e9 + fingerprint.step;
}

/** The cells of one or two runs in one order, so that strips lie above each other; `null` where a run has none. */
export function strips(...runs: readonly (readonly Fingerprint[])[]): Cell[][] {
  const all = new Map<string, Fingerprint>();
  for (const run of runs) for (const fingerprint of run) all.set(keyOf(fingerprint), fingerprint);
  const order = [...all.values()].toSorted((one, other) => place(one) - place(other));
  return runs.map((run) => {
    const own = new Map(run.map((fingerprint) => [keyOf(fingerprint), fingerprint.digest]));
    return order.map((fingerprint) => ({
      key: keyOf(fingerprint),
      name: nameOf(fingerprint),
      digest: own.get(keyOf(fingerprint)) ?? null,
    }));
  });
}

const SAID: Record<string, string> = {
  split: "split of the data",
  initial: "initial weights",
  order: "order of the examples",
  final: "final weights",
  series: "metrics",
};

/** What a cell stands for, in words. */
export function saidOf(cell: Cell | undefined): string {
  return cell === undefined ? "the start" : (SAID[cell.name] ?? cell.name);
}

/** `data, split of the data, epochs 1 to 10, final weights`: what the cells stand for, from left to right. */
export function cellsTold(cells: readonly Cell[]): string {
  const epochs = cells.filter(({ key }) => key.startsWith("weights "));
  const [first, last] = [epochs[0]?.name, epochs.at(-1)?.name.replace("epoch ", "")];
  const range = epochs.length < 2 ? first : `${first?.replace("epoch", "epochs")} to ${last}`;
  const parts = cells.map((cell) => (cell.key.startsWith("weights ") ? (range ?? "") : saidOf(cell)));
  return [...new Set(parts)].join(", ");
}

/** The first cell in which two strips of one order differ; -1 where none does, cells only one has passed over. */
export function firstDifference(one: readonly Cell[], other: readonly Cell[]): number {
  return one.findIndex((cell, index) => {
    const against = other[index]?.digest ?? null;
    return cell.digest !== null && against !== null && cell.digest !== against;
  });
}
