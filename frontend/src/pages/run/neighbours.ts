import type { CompactRuns } from "../../api/types";

/** A run beside another: of the same arm under the next seed, or of another arm under the same one. */
export interface Neighbour {
  id: number;
  arm: number;
  seed: number;
}

export interface Neighbours {
  previous: Neighbour | null;
  next: Neighbour | null;
  /** The runs of the other arms under the same seed, in the arms' order. */
  same: readonly Neighbour[];
}

/** What stands beside a run in its study; nothing where the run is none of these. */
export function neighbours(columns: Pick<CompactRuns, "id" | "arm" | "seed">, run: number): Neighbours {
  const at = columns.id.indexOf(run);
  const all = columns.id.map((id, row) => ({ id, arm: columns.arm[row] ?? 0, seed: columns.seed[row] ?? 0 }));
  const self = all[at];
  if (self === undefined) return { previous: null, next: null, same: [] };
  const arm = all.filter((one) => one.arm === self.arm).toSorted((a, b) => a.seed - b.seed || a.id - b.id);
  const place = arm.indexOf(self);
  return {
    previous: arm[place - 1] ?? null,
    next: arm[place + 1] ?? null,
    same: all.filter((one) => one.seed === self.seed && one.arm !== self.arm).toSorted((a, b) => a.arm - b.arm),
  };
}
