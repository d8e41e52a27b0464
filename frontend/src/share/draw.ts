import type { Figure } from "../lib/figure";
import { MARKERS } from "../lib/marks";
import type { Trace } from "../lib/places";
import { clean, count, counted, label, number, toFloat, type Num } from "../lib/words";
import type { TableRow } from "../pages/study/runs/rows";
import type { Shared } from "./payload";

const ARMS = 8;

function axis(title: string): Record<string, unknown> {
  const small = { color: "role:muted", size: 12 };
  return { title: { text: title, font: small }, tickfont: small, gridcolor: "role:grid", linecolor: "role:grid", zeroline: false, automargin: true };
}

function layout(x: string, y: string, legend: boolean): Record<string, unknown> {
  return {
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: "system-ui, sans-serif", size: 12, color: "role:text" },
    hovermode: "closest",
    showlegend: legend,
    legend: { orientation: "h", x: 0, y: 1, yanchor: "bottom" },
    xaxis: axis(x),
    yaxis: axis(y),
  };
}

/** Text that plotly shows as it is. */
function safe(text: string): string {
  return label(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll("%{", "%&#123;");
}

function finite(value: Num | undefined): number | null {
  const float = toFloat(value);
  return Number.isFinite(float) ? float : null;
}

function armTrace(position: number, name: string): Trace {
  return { type: "scatter", name: safe(name), legendgroup: `arm${position}`, meta: { role: "seeds", arm: position } };
}

/** Draw a line for every run that is shown, in its arm's colour. */
export function drawCurves(shared: Shared, rows: readonly TableRow[], metric: string): Figure {
  const series = shared.series[metric];
  const shown = new Map(rows.map((row) => [row.id, row]));
  const data = shared.arms.flatMap((arm): Trace[] => {
    const x: (number | null)[] = [];
    const y: (number | null)[] = [];
    const customdata: number[][] = [];
    let runs = 0;
    series?.run_ids.forEach((run, at) => {
      const row = shown.get(run);
      if (row?.arm !== arm.position) return;
      runs += 1;
      const steps = series.steps[at] ?? [];
      steps.forEach((step, place) => {
        x.push(step);
        y.push(finite(series.values[at]?.[place]));
        customdata.push([run, row.seed]);
      });
      // A gap, so that the next run's line does not begin where this one ends.
      x.push(steps.at(-1) ?? null);
      y.push(null);
      customdata.push([run, row.seed]);
    });
    if (runs === 0) return [];
    return [
      {
        ...armTrace(arm.position, `${arm.name} (n = ${count(runs)})`),
        mode: "lines",
        x,
        y,
        customdata,
        opacity: Math.max(0.25, Math.min(0.8, 3 / Math.sqrt(runs))),
        line: { width: 1.5, color: `role:arm${arm.position % ARMS}` },
        hovertemplate: `seed %{customdata[1]}, ${safe(shared.step_name)} %{x}: %{y:.5~g}<extra>${safe(arm.name)}</extra>`,
      },
    ];
  });
  return { name: "shared-curves", title: `${label(metric)} over ${shared.step_name}s, every run`, notes: [], empty: data.length === 0, data, layout: layout(shared.step_name, safe(metric), true) };
}

/** Draw a point for every run that is shown, and the mean of each arm's. */
export function drawStrip(shared: Shared, rows: readonly TableRow[], metric: string): Figure {
  const names: string[] = [];
  const places: number[] = [];
  const data = shared.arms.flatMap((arm, index): Trace[] => {
    const mine = rows.filter((row) => row.arm === arm.position && Number.isFinite(row.values[metric] ?? Number.NaN));
    places.push(-index);
    names.push(`${safe(arm.name)}<br>n = ${count(mine.length)}`);
    if (mine.length === 0) return [];
    const values = mine.map((row) => row.values[metric] ?? Number.NaN);
    const mean = clean(values.reduce((sum, value) => sum + value, 0) / values.length);
    const colour = `role:arm${arm.position % ARMS}`;
    return [
      {
        ...armTrace(arm.position, arm.name),
        meta: { role: "points", arm: arm.position },
        mode: "markers",
        x: values,
        // The same places every time, side by side.
        y: mine.map((_, at) => -index + (((at * 5) % 9) - 4) / 22),
        customdata: mine.map((row) => [row.id, row.seed]),
        marker: { color: colour, symbol: MARKERS[arm.position % MARKERS.length], size: 7, opacity: 0.8 },
        hovertemplate: `seed %{customdata[1]}: %{x:.5~g}<extra>${safe(arm.name)}</extra>`,
      },
      {
        type: "scatter",
        mode: "markers",
        meta: { role: "mean", arm: arm.position },
        x: [mean],
        y: [-index - 0.36],
        marker: { color: colour, symbol: "diamond", size: 11, line: { color: "role:text", width: 1 } },
        hovertemplate: `mean ${number(mean)} of ${counted(values.length, "run")}<extra>${safe(arm.name)}</extra>`,
      },
    ];
  });
  const drawn = layout(safe(metric), "", false);
  const yaxis = { ...(drawn["yaxis"] as object), tickmode: "array", tickvals: places, ticktext: names, range: [-shared.arms.length + 0.45, 0.55], fixedrange: true, showgrid: false };
  return { name: "shared-strip", title: `${label(metric)}, every run; ◆ mean of the runs shown`, notes: [], empty: data.length === 0, data, layout: { ...drawn, yaxis } };
}
