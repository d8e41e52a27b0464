// plotly.js-cartesian-dist-min ships no types; this is the part the dashboard calls.
declare module "plotly.js-cartesian-dist-min" {
  export type Datum = Record<string, unknown>;
  export interface PlotlyEvent {
    points: { curveNumber: number; pointIndex: number; x: unknown; y: unknown; customdata?: unknown }[];
  }
  export interface PlotElement extends HTMLElement {
    on(event: string, handler: (event: PlotlyEvent) => void): void;
    removeAllListeners(event: string): void;
  }
  export function newPlot(root: HTMLElement, data: Datum[], layout?: Datum, config?: Datum): Promise<PlotElement>;
  export function react(root: HTMLElement, data: Datum[], layout?: Datum, config?: Datum): Promise<PlotElement>;
  export function relayout(root: HTMLElement, update: Datum): Promise<PlotElement>;
  export function restyle(root: HTMLElement, update: Datum, traces?: number[]): Promise<PlotElement>;
  export function purge(root: HTMLElement): void;
  export const Plots: { resize(root: HTMLElement): void };
}
