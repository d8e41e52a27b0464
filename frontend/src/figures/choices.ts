/** How a distribution may be drawn. */
export const KINDS = [
  { value: "box", name: "box" },
  { value: "violin", name: "violin" },
  { value: "points", name: "points alone" },
  { value: "ecdf", name: "cumulative" },
] as const;

/** What stands in the middle of curves, and around it. */
export const CENTRES = [
  { value: "median", name: "median, middle half" },
  { value: "mean", name: "mean, interval" },
] as const;
