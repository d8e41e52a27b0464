/** How a distribution may be drawn. */
export const KINDS = [
  { value: "box", name: "Box" },
  { value: "violin", name: "Violin" },
  { value: "points", name: "Points" },
  { value: "ecdf", name: "Cumulative (ECDF)" },
] as const;

/** What stands in the middle of curves, and around it. */
export const CENTRES = [
  { value: "median", name: "Median and IQR" },
  { value: "mean", name: "Mean and 95% CI" },
] as const;
