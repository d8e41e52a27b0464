import type { DrawnAxis } from "plotly.js-cartesian-dist-min";

/** The drawn axis of a name such as `x` or `y2`. */
export type Axes = (name: string) => DrawnAxis | undefined;
