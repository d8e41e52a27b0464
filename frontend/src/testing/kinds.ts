import type { FigureKind } from "../api/types";

const base = { subject: "arms", fewest_arms: 1, runs: false, options: [], shown: "on request", reports: [] } as const;

/** Figures as the service lists them, for pages against made-up answers. */
export const KINDS = [
  {
    ...base,
    name: "curves",
    title: "Curves",
    runs: true,
    shown: "always",
    options: [
      {
        name: "centre",
        label: "Center and band",
        choices: [
          { value: "median", label: "Median and IQR" },
          { value: "mean", label: "Mean and 95% CI" },
        ],
      },
      { name: "log", label: "Logarithmic axis", choices: [] },
    ],
  },
  {
    ...base,
    name: "distribution",
    title: "Distribution",
    shown: "always",
    options: [
      {
        name: "kind",
        label: "Chart type",
        choices: [
          { value: "box", label: "Box" },
          { value: "ecdf", label: "Cumulative (ECDF)" },
        ],
      },
    ],
  },
  { ...base, name: "differences", title: "Differences by seed", subject: "pair", fewest_arms: 2, shown: "always" },
  { ...base, name: "improvement", title: "Probability of improvement", fewest_arms: 2 },
  { ...base, name: "churn", title: "Prediction churn" },
  { ...base, name: "variance", title: "Where the spread comes from", subject: "study", shown: "never" },
] as unknown as FigureKind[];
