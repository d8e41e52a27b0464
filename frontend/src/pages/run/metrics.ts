const stem = (metric: string) => metric.replace(/^val_/, "");

/** Return one metric of each figure: `loss` stands for itself and for `val_loss` where a run has both. */
export function metricPairs(metrics: readonly string[]): string[] {
  return metrics.filter((metric, at) => metrics.findIndex((other) => stem(other) === stem(metric)) === at);
}
