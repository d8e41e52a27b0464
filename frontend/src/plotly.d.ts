// plotly.js-cartesian-dist-min ships no types; this is the part the dashboard calls.
declare module "plotly.js-cartesian-dist-min" {
  export type Datum = Record<string, unknown>;
  export interface PlotlyPoint {
    curveNumber: number;
    pointIndex: number;
    x: unknown;
    y: unknown;
    customdata?: ArrayLike<number>;
  }
  export interface PlotlyEvent {
    points?: PlotlyPoint[];
    /** The trace of a legend's entry that was pressed. */
    curveNumber?: number;
  }
  /** An axis as drawn: `d2p` takes a value to pixels from the axis' own corner, which lies at `_offset`. */
  export interface DrawnAxis {
    d2p(value: unknown): number;
    _offset: number;
    _length: number;
  }
  export interface PlotElement extends HTMLElement {
    on(event: string, handler: (event: PlotlyEvent) => unknown): void;
    removeAllListeners(event: string): void;
    _fullLayout?: Record<string, unknown>;
  }
  export interface ImageOptions {
    format: "png" | "svg";
    width: number;
    height: number;
    scale?: number;
    filename?: string;
  }
  export function react(root: HTMLElement, data: Datum[], layout?: Datum, config?: Datum): Promise<PlotElement>;
  export function relayout(root: HTMLElement, update: Datum): Promise<PlotElement>;
  export function toImage(figure: { data: Datum[]; layout: Datum }, options: ImageOptions): Promise<string>;
  export function purge(root: HTMLElement): void;
  export const Plots: { resize(root: HTMLElement): Promise<void> };
}
