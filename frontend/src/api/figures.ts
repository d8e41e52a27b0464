import type { Figure } from "../lib/figure";
import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import { api, COSTLY, unwrap } from "./client";

// Drawn anew with every batch of results; the others are worked out from all of them.
const LIVE = new Set(["curves", "distribution", "differences"]);

export type FigureQuery = Record<string, string | number | boolean | undefined>;

/** How a figure of a study is asked for. */
export function figureOptions(study: number, name: string, query: FigureQuery) {
  return queryOptions({
    queryKey: ["study", study, LIVE.has(name) ? "figure" : COSTLY, name, query],
    queryFn: async ({ signal }) => {
      const params = { path: { study_id: study, name }, query };
      const body = await unwrap(api.GET("/api/v1/studies/{study_id}/figures/{name}", { params, signal }));
      return body as unknown as Figure;
    },
  });
}

/** A figure of a study; the one before stays while the next is on its way. */
export function useStudyFigure(study: number, name: string, query: FigureQuery) {
  return useQuery({ ...figureOptions(study, name, query), placeholderData: keepPreviousData });
}

/** Where the numbers under a figure are, asked for in the same way. */
export function figureCsv(study: number, name: string, query: FigureQuery): string {
  const given = Object.entries(query).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]]));
  return `/api/v1/studies/${study}/figures/${name}?${new URLSearchParams([...given, ["format", "csv"]]).toString()}`;
}

/** Where the figure is as a drawing, in the colours that paper takes. */
export function figureSvg(study: number, name: string): string {
  return `/api/v1/studies/${study}/figures/${name}?format=svg`;
}
