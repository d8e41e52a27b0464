import type { Trace } from "./places";

/** A figure as the service sends it: plotly JSON in roles, the sentence above it and the notes below. */
export interface Figure {
  name: string;
  title: string;
  notes: string[];
  empty: boolean;
  data: Trace[];
  layout: Record<string, unknown>;
}
