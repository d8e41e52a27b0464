import type { Trace } from "../lib/places";
import type { Figure } from "../lib/figure";
import { toFloat, type Num } from "../lib/words";

export interface Series {
  steps: number[];
  values: Num[];
}

/** Metrics that belong in one figure: `loss` with `val_loss`. */
export function paired(metrics: readonly string[]): string[][] {
  const groups = new Map<string, string[]>();
  for (const metric of metrics) {
    const stem = metric.replace(/^val_/, "");
    groups.set(stem, [...(groups.get(stem) ?? []), metric]);
  }
  return [...groups.values()];
}

function finite(values: readonly Num[]): (number | null)[] {
  return values.map((value) => {
    const float = toFloat(value);
    return Number.isFinite(float) ? float : null;
  });
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll("%{", "%&#123;");
}

/** Training is dotted and hollow beside its validation; alone, it is drawn like any other. */
function line(name: string, series: Series, arm: number, alone: boolean): Trace {
  const validation = alone || name.startsWith("val_");
  return {
    type: "scatter",
    mode: series.steps.length > 60 ? "lines" : "lines+markers",
    name: escaped(name),
    x: series.steps,
    y: finite(series.values),
    line: { color: `role:arm${arm % 8}`, width: 2, dash: validation ? "solid" : "dot" },
    marker: { color: `role:arm${arm % 8}`, size: 5, symbol: validation ? "circle" : "circle-open" },
    hovertemplate: `epoch %{x}: %{y:.5~g}<extra>${escaped(name)}</extra>`,
  };
}

/** Few epochs get a tick each: there is none between two. */
function wholeTicks(series: readonly Series[]): { dtick?: number } {
  const last = Math.max(0, ...series.map(({ steps }) => steps.at(-1) ?? 0));
  return last > 0 && last <= 10 ? { dtick: 1 } : {};
}

/** The figure of a run's related metrics; values that are not finite leave a gap and are told below. */
export function curvesOf(metrics: readonly string[], series: Record<string, Series>, arm: number): Figure {
  const there = metrics.flatMap((name) => {
    const found = series[name];
    return found === undefined ? [] : [{ name, found }];
  });
  const axis = { gridcolor: "role:grid", linecolor: "role:grid", zeroline: false, automargin: true };
  const tickfont = { color: "role:muted", size: 12 };
  const broken = there.flatMap(({ name, found }) => {
    const at = found.values.findIndex((value) => !Number.isFinite(toFloat(value)));
    return at < 0 ? [] : [`${name} is not finite from epoch ${found.steps[at]} on, or for a while from there.`];
  });
  return {
    name: `run-${metrics.join("-")}`,
    title: metrics.join(" and "),
    notes: broken,
    empty: there.length === 0,
    data: there.map(({ name, found }) => line(name, found, arm, there.length === 1)),
    layout: {
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      font: { family: "system-ui, sans-serif", size: 12, color: "role:text" },
      hovermode: "closest",
      showlegend: there.length > 1,
      legend: { orientation: "h", x: 0, y: 1, yanchor: "bottom" },
      xaxis: { ...axis, ...wholeTicks(there.map(({ found }) => found)), tickfont, title: { text: "epoch", font: tickfont } },
      yaxis: { ...axis, tickfont },
    },
  };
}

/** The numbers of a run's metrics as CSV, exact; what is not finite is spelt as the service does. */
export function seriesCsv(metrics: readonly string[], series: Record<string, Series>): string {
  const rows = metrics.flatMap((name) => {
    const { steps, values } = series[name] ?? { steps: [], values: [] };
    return steps.map((step, at) => `${cell(name)},${step},${spelt(values[at] ?? "NaN")}`);
  });
  return ["metric,step,value", ...rows, ""].join("\n");
}

function cell(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function spelt(value: Num): string {
  return String(value).replace("NaN", "nan").replace("Infinity", "inf");
}
