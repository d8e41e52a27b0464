import { createStore } from "./store";

/** The run under the pointer, lit in every view that shows it; null when there is none. */
export const hovered = createStore<number | null>(null);
