/** Words of the product with their meaning, shown where a reader points at one. */
export const GLOSSARY = {
  arm: "One configuration under comparison: parameters plus a policy per randomness source.",
  baseline: "The arm that others are compared with, named before the results are in.",
  points: "Percentage points: the difference of two shares, 91% − 89% = 2 points.",
  "95% CI": "95% confidence interval: made this way, 95 of 100 such intervals cover the true value.",
  SD: "Standard deviation: how far single runs lie from their mean.",
  IQR: "Interquartile range: the middle half of the values.",
  paired: "Arms share their seeds by design, so that differences are taken seed by seed.",
  unpaired: "Arms do not share seeds, so that only their means can be compared.",
  equivalent: "The whole CI lies within the smallest difference that matters.",
  Holm: "Holm's correction: bounds the chance of any false claim among several comparisons.",
  interim: "Computed while runs are pending, or after seeds were added because of a result.",
  "smallest difference that matters": "Smaller differences count as none: part of the decision rule, set before the results.",
  "value used": "The number of a run that statistics use: last, best, or the area under the curve divided by its length.",
  "randomness source": "Where randomness enters: split, resample, shuffle, augment, init, dropout, algorithm.",
  fingerprint: "SHA-256 digest of data, weights, order or metrics: equal digests, equal bits.",
  replay: "A run that repeats another from its manifest.",
  "effect size": "The difference in standard deviations (Hedges' g).",
  "p-value": "How often luck alone would give a difference at least this large.",
} as const;

export type GlossaryTerm = keyof typeof GLOSSARY;
