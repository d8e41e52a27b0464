import type { DrawnAxis } from "plotly.js-cartesian-dist-min";
import { numbers } from "../../lib/packed";
import { runsOf, type Trace } from "../../lib/places";

/** The axis of that name (`x`, `y2`) as it is drawn now. */
export type Axes = (name: string) => DrawnAxis | undefined;

/** Elements that plotly may make for runs; beyond that each costs more to style than to paint. */
export const MOST_ELEMENTS = 1500;

/** A trace that is painted instead of drawn by plotly. */
export interface Painted {
  kind: "markers" | "lines";
  xaxis: string;
  yaxis: string;
  x: ArrayLike<unknown>;
  y: ArrayLike<unknown>;
  /** A colour, or `role:NAME/ALPHA`. */
  colour: string;
  /** Of a marker across, or of a line, in px. */
  size: number;
  symbol: string;
  dash: string;
  /** 0 to 1. */
  opacity: number;
}

function styleOf(trace: Trace): Pick<Painted, "colour" | "size" | "symbol" | "dash" | "opacity"> | null {
  const marker = trace["marker"] as Record<string, unknown> | undefined;
  const line = trace["line"] as Record<string, unknown> | undefined;
  const style = trace["mode"] === "markers" ? marker : trace["mode"] === "lines" ? line : undefined;
  // One look for the whole trace: a colour or size for each point is plotly's to draw.
  if (typeof style?.["color"] !== "string" || Array.isArray(style["size"]) || Array.isArray(style["symbol"])) return null;
  return {
    colour: style["color"],
    size: Number(style["size"] ?? style["width"] ?? 6),
    symbol: String(style["symbol"] ?? "circle"),
    dash: String(style["dash"] ?? "solid"),
    opacity: Number(style["opacity"] ?? 1) * Number(trace["opacity"] ?? 1),
  };
}

/** Count what plotly would make for a trace: an element a marker, and one for each line between gaps. */
function elementsOf(trace: Trace): number {
  const y = numbers(trace["y"]);
  if (trace["mode"] === "markers") return y.length;
  let gaps = 1;
  for (let at = 0; at < y.length; at += 1) if (y[at] === null || Number.isNaN(y[at])) gaps += 1;
  return gaps;
}

function ends(values: ArrayLike<unknown>): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let at = 0; at < values.length; at += 1) {
    const value = values[at];
    if (typeof value === "number" && value < low) low = value;
    if (typeof value === "number" && value > high) high = value;
  }
  return [low, high];
}

/** Return an unseen stand-in that keeps the axes as wide as the markers of a trace need them. */
function corners(trace: Trace): Trace {
  const { xaxis, yaxis, marker } = trace;
  const axes = { ...(xaxis === undefined ? {} : { xaxis }), ...(yaxis === undefined ? {} : { yaxis }) };
  return { type: "scatter", mode: "markers", ...axes, x: ends(numbers(trace["x"])), y: ends(numbers(trace["y"])), marker, opacity: 0, hoverinfo: "skip", showlegend: false };
}

/**
 * Take the runs' marks out of a figure that has very many.
 *
 * Plotly keeps their traces, without marks, for the axes and for the pointer; the places of all traces stay.
 */
export function withoutMarks(data: readonly Trace[]): { traces: readonly Trace[]; painted: readonly Painted[] } {
  const styles = data.map((trace) => (runsOf(trace) > 0 && trace["type"] === "scatter" ? styleOf(trace) : null));
  const elements = data.reduce((sum, trace, at) => sum + (styles[at] === null ? 0 : elementsOf(trace)), 0);
  if (elements <= MOST_ELEMENTS) return { traces: data, painted: [] };
  const painted = data.flatMap((trace, at): Painted[] => {
    const style = styles[at];
    if (style === null || style === undefined) return [];
    const kind = trace["mode"] === "markers" ? "markers" : "lines";
    const axes = { xaxis: String(trace["xaxis"] ?? "x"), yaxis: String(trace["yaxis"] ?? "y") };
    return [{ kind, ...axes, x: numbers(trace["x"]), y: numbers(trace["y"]), ...style }];
  });
  const taken = (at: number) => styles[at] !== null;
  const traces = data.map((trace, at) => (taken(at) ? { ...trace, x: numbers(trace["x"]), y: numbers(trace["y"]), mode: "none" } : trace));
  // Behind all others: a point is found by the place of its trace.
  const standIns = data.filter((trace, at) => taken(at) && trace["mode"] === "markers").map(corners);
  return { traces: [...traces, ...standIns], painted };
}
