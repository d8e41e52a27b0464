import { armMarker } from "../../../lib/marks";
import { numbers } from "../../../lib/packed";
import { metaOf, type Trace } from "../../../lib/places";
import type { Figure } from "../../../lib/figure";

type Plain = Record<string, unknown>;

const COLOURS = 8;
const DASHES = ["solid", "dash", "dot", "dashdot", "longdash", "longdashdot"];
const LAYERS = ["seeds", "box", "violin", "band", "points", "centre", "mean"];

function record(value: unknown): Plain {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Plain) : {};
}

// Lines of single seeds and of intervals are solid whatever the arm.
const SOLID = new Set(["seeds", "mean"]);

/** A trace of one arm with the colour, marker and dash of another place. */
function recoloured(trace: Trace, place: number): Trace {
  const walk = (value: unknown): unknown => {
    if (typeof value === "string") return value.replace(/^role:arm\d+/, `role:arm${place % COLOURS}`);
    return value !== null && typeof value === "object" && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, walk(inner)]))
      : value;
  };
  const { marker, line, ...rest } = record(walk(trace));
  return {
    ...rest,
    ...(line === undefined ? {} : { line: { ...record(line), ...("dash" in record(line) && !SOLID.has(metaOf(trace).role ?? "") ? { dash: DASHES[place % DASHES.length] } : {}) } }),
    ...(marker === undefined ? {} : { marker: { ...record(marker), ...("symbol" in record(marker) ? { symbol: armMarker(place) } : {}) } }),
    legendgroup: `arm${place}`,
    meta: { ...record(trace["meta"]), arm: place },
  };
}

/** A figure of one arm, drawn in the colours of its place in a comparison and called by `name` in the legend. */
export function inPlace(figure: Figure, place: number, name: string): Figure {
  const data = figure.data.map((trace) => {
    const drawn = recoloured(trace, place);
    const legend = trace["showlegend"] === false || trace["name"] === undefined ? {} : { name: renamed(String(trace["name"]), plotText(name)) };
    return { ...drawn, ...legend };
  });
  return { ...figure, data, layout: named(figure.layout, name) };
}

/** The row's label, `few<br>n = 12`, under the arm's name here. */
function named(layout: Plain, name: string): Plain {
  const yaxis = record(layout["yaxis"]);
  const { ticktext } = yaxis;
  if (!Array.isArray(ticktext)) return layout;
  const label = (text: unknown) => String(text).replace(/^.*?(?=<br>|$)/, () => plotText(name));
  return { ...layout, yaxis: { ...yaxis, ticktext: ticktext.map(label) } };
}

/** A name as plotly takes it, which reads tags and templates in every text. */
function plotText(name: string): string {
  return name.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll("%{", "%&#123;");
}

function renamed(old: string, name: string): string {
  const n = /\(n = [^)]*\)$/.exec(old)?.[0];
  return n === undefined ? name : `${name} ${n}`;
}

function layerOf(trace: Trace): number {
  const found = LAYERS.indexOf(metaOf(trace).role ?? "");
  return found < 0 ? LAYERS.length : found;
}

/** The figures with something to draw: the sentence in the place of the others is not one for all arms. */
function withData(figures: readonly Figure[]): readonly Figure[] {
  const some = figures.filter(({ empty }) => !empty);
  return some.length === 0 ? figures.slice(0, 1) : some;
}

function notesOf(figures: readonly Figure[]): string[] {
  return [...new Set(figures.flatMap(({ notes }) => notes))];
}

/** Several figures of one kind in one: seeds below, bands and centres on top, whatever arm they belong to. */
export function overlaidFigures(all: readonly Figure[], title: string): Figure | null {
  const figures = withData(all);
  const [first] = figures;
  if (first === undefined) return null;
  if (first.empty) return { ...first, title, notes: notesOf(all) };
  // Values that are not finite stand in a strip of their own, which takes room from the axis above it.
  const split = figures.find((figure) => record(figure.layout["yaxis"])["domain"]?.toString() !== "0,1") ?? first;
  const xaxis = record(split.layout["xaxis"]);
  const plain = String(record(xaxis["title"])["text"] ?? "").replace(/, n = .*$/, "");
  return {
    name: `${first.name}-overlaid`,
    title,
    notes: notesOf(all),
    empty: false,
    data: figures.flatMap((figure) => figure.data).toSorted((one, other) => layerOf(one) - layerOf(other)),
    layout: { ...split.layout, xaxis: { ...xaxis, title: { ...record(xaxis["title"]), text: plain } }, showlegend: true },
  };
}

/** Figures of one row each, such as distributions, as rows of one figure. */
export function stackedFigures(all: readonly Figure[], title: string): Figure | null {
  const figures = withData(all);
  const [first] = figures;
  if (first === undefined) return null;
  if (first.empty) return { ...first, title, notes: notesOf(all) };
  const axes = figures.map((figure) => record(figure.layout["yaxis"]));
  const data = figures.flatMap((figure, row) =>
    figure.data.map((trace) => {
      // Density and cumulative drawings have a measure up, not rows: those are laid over each other.
      if (!("tickvals" in record(figure.layout["yaxis"]))) return trace;
      return { ...trace, y: Array.from(numbers(trace["y"]), (value) => (typeof value === "number" ? value - row : value)) };
    }),
  );
  const yaxis = {
    ...axes[0],
    tickvals: figures.map((_, row) => -row),
    ticktext: axes.map((axis) => (Array.isArray(axis["ticktext"]) ? axis["ticktext"][0] : "")),
    range: [0.45 - figures.length, 0.55],
  };
  return {
    name: `${first.name}-overlaid`,
    title,
    notes: notesOf(all),
    empty: false,
    data,
    layout: { ...first.layout, yaxis },
  };
}

function span(figures: readonly Figure[], letter: "x" | "y"): [number, number] | null {
  const values = figures.flatMap((figure) =>
    figure.data
      .filter((trace) => (trace[`${letter}axis`] ?? letter) === letter)
      .flatMap((trace) => Array.from(numbers(trace[letter])).filter((value): value is number => Number.isFinite(value))),
  );
  if (values.length === 0) return null;
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const room = (high - low || Math.abs(high) || 1) * 0.05;
  return [low - room, high + room];
}

/** Figures that stand beside each other, with one range on the axis of the measure, so that they can be compared by eye. */
export function onOneScale(figures: readonly Figure[], letter: "x" | "y"): Figure[] {
  const range = span(figures.filter(({ empty }) => !empty), letter);
  const key = `${letter}axis`;
  return figures.map((figure) =>
    range === null || figure.empty || record(figure.layout[key])["type"] === "log"
      ? figure
      : { ...figure, layout: { ...figure.layout, [key]: { ...record(figure.layout[key]), range } } },
  );
}
