import type { Figure } from "../lib/figure";
import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import { api, COSTLY, unwrap } from "./client";

export type FigureQuery = Record<string, string | number | boolean | undefined>;

/** What a figure is drawn of: a study, arms of any studies (`6.0,7.2`), runs (`5,8`), or a noise floor by its name. */
export type FigureSubject = { study: number } | { arms: string; beside?: string } | { runs: string } | { floor: string };

interface Asking {
  /** Of all results, and much work: asked for again less often than what grows with every batch. */
  costly?: boolean;
}

interface Using extends Asking {
  live?: boolean;
  /** What to ask for is not known yet. */
  waits?: boolean;
}

/** Where an answer is kept: with its study or run, so that it is asked for again with everything else of it. */
function keyOf(subject: FigureSubject, costly: boolean): readonly unknown[] {
  if ("study" in subject) return ["study", subject.study, costly ? COSTLY : "figure"];
  if ("runs" in subject && !subject.runs.includes(",")) return ["run", Number(subject.runs), "figure"];
  if ("floor" in subject) return ["floors", subject.floor, "figure"];
  return ["figures", subject];
}

/** How a figure is asked for. */
export function figureOptions(subject: FigureSubject, name: string, query: FigureQuery, { costly = false }: Asking = {}) {
  return queryOptions({
    queryKey: [...keyOf(subject, costly), name, query],
    queryFn: async ({ signal }) => {
      const call =
        "study" in subject
          ? api.GET("/api/v1/studies/{study_id}/figures/{name}", { params: { path: { study_id: subject.study, name }, query }, signal })
          : api.GET("/api/v1/figures/{name}", { params: { path: { name }, query: { ...query, ...subject } }, signal });
      return (await unwrap(call)) as unknown as Figure;
    },
  });
}

/** A figure; the one before stays while the next is on its way. */
export function useFigure(subject: FigureSubject, name: string, query: FigureQuery, { live = false, waits = false, ...asking }: Using = {}) {
  return useQuery({ ...figureOptions(subject, name, query, asking), enabled: !waits, placeholderData: keepPreviousData, refetchInterval: live ? 1500 : false });
}

/** The address of a figure in another form: the numbers under it, or a drawing in the colours that paper takes. */
export function figureAddress(subject: FigureSubject, name: string, query: FigureQuery, format: "csv" | "svg" | "pdf" | "png"): string {
  const { study, ...rest } = { study: undefined, ...subject };
  const pairs = Object.entries({ ...rest, ...query, format }).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]]));
  const root = study === undefined ? "/api/v1/figures" : `/api/v1/studies/${study}/figures`;
  return `${root}/${name}?${new URLSearchParams(pairs).toString()}`;
}

/** Every figure that the service draws, with what each needs and offers. */
export function useFigureKinds() {
  return useQuery({ queryKey: ["figure-kinds"], queryFn: ({ signal }) => unwrap(api.GET("/api/v1/figures", { signal })), staleTime: Infinity });
}
