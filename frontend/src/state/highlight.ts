import { createStore } from "./store";

const NONE: readonly number[] = [];

/** The runs under the pointer, lit in every view that shows them: one, or the two of a pair. */
export const hovered = createStore<readonly number[]>(NONE);

export function light(...runs: number[]): void {
  hovered.set(runs.length === 0 ? NONE : runs);
}
