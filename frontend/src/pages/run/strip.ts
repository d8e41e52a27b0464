import type { Fingerprint } from "../../api/types";

const KIND_ORDER = ["data", "split", "initial", "order", "weights", "final", "series"];

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

/** The first cell in which two strips of one order differ; -1 where none does, cells only one has passed over. */
export function firstDifference(one: readonly Cell[], other: readonly Cell[]): number {
  return one.findIndex((cell, index) => {
    const against = other[index]?.digest ?? null;
    return cell.digest !== null && against !== null && cell.digest !== against;
  });
}
