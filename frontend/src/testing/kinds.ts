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
        values: "choices",
        choices: [
          { value: "median", label: "Median and IQR" },
          { value: "mean", label: "Mean and 95% CI" },
        ],
      },
      {
        name: "smooth",
        label: "Smoothing",
        values: "choices",
        choices: [
          { value: "0", label: "Not smoothed" },
          { value: "0.9", label: "Medium" },
        ],
      },
      { name: "log", label: "Logarithmic axis", choices: [], values: "switch" },
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
        values: "choices",
        choices: [
          { value: "box", label: "Box" },
          { value: "ecdf", label: "Cumulative (ECDF)" },
        ],
      },
    ],
  },
  { ...base, name: "differences", title: "Differences by seed", subject: "pair", fewest_arms: 2, shown: "always" },
  { ...base, name: "improvement", title: "Probability of improvement", fewest_arms: 2 },
  { ...base, name: "parameter", title: "Metric against a parameter", fewest_arms: 2, shown: "parameters", options: [{ name: "parameter", label: "Parameter", choices: [], values: "parameters" }] },
  { ...base, name: "churn", title: "Prediction churn" },
  { ...base, name: "variance", title: "Where the spread comes from", subject: "study", shown: "never" },
] as unknown as FigureKind[];
