import type { FigureQuery } from "../../../api/figures";

/** What an address says about the figures; the metric and summary that decide go without saying. */
export interface Asked {
  number: FigureQuery;
  curves: FigureQuery;
  distribution: FigureQuery;
}

type Read = (key: string) => string | null;

function named(query: Record<string, string | null>): FigureQuery {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== null)) as FigureQuery;
}

/** The questions of a study's first figures, known from the address alone: they need not wait for the study. */
export function askedBy(read: Read): Asked {
  const number = named({ metric: read("metric"), summary: read("summary") });
  const shown = { ...number, ...named({ arms: read("show") }) };
  const curves = { ...shown, ...named({ centre: read("centre"), smooth: read("smooth"), x: read("x"), log: read("log") === "1" ? "true" : null }) };
  return { number, curves, distribution: { ...shown, ...named({ kind: read("kind") }) } };
}
