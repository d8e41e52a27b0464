import type * as Plotly from "plotly.js-cartesian-dist-min";

// A shared file carries plotly as the service's package has it: a script of its own, before this one.
const plotly = (globalThis as unknown as { Plotly: typeof Plotly }).Plotly;

export const { react, relayout, toImage, purge, Plots } = plotly;
