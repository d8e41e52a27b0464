import { useQueries, type UseQueryResult } from "@tanstack/react-query";
import { useCallback } from "react";
import { fetchText } from "../../../api/client";
import { figureCsv, figureOptions, type FigureQuery } from "../../../api/figures";
import type { FigureState } from "../../../figures/FigureCard";
import type { Figure } from "../../../lib/figure";
import { inPlace } from "./merged";
import type { NamedArm } from "../../../arms/named";

/** One figure for each arm, in the arms' colours here; an arm's is undefined while it is on its way. */
export function useArmFigures(arms: readonly NamedArm[], name: string, asked: FigureQuery): FigureState[] {
  // One function for the same arms: figures keep their identity, and are not drawn anew without a reason.
  const combine = useCallback(
    (queries: readonly UseQueryResult<Figure>[]): FigureState[] =>
      queries.map(({ data, error, refetch }, at) => {
        const arm = arms[at];
        return { data: data === undefined || arm === undefined ? undefined : inPlace(data, arm.place, arm.name), error, refetch };
      }),
    [arms],
  );
  return useQueries({
    queries: arms.map((arm) => figureOptions(arm.study, name, { ...asked, arms: String(arm.arm) })),
    combine,
  });
}

/** Several figures drawn as one: there once all are, wrong once one is. */
export function joined(states: readonly FigureState[], draw: (figures: readonly Figure[]) => Figure | null): FigureState {
  const figures = states.flatMap(({ data }) => (data === undefined ? [] : [data]));
  return {
    data: figures.length === states.length ? (draw(figures) ?? undefined) : undefined,
    error: states.find(({ error }) => error !== null)?.error ?? null,
    refetch: () => Promise.all(states.map((state) => state.refetch())),
  };
}

/** The rows of several CSVs under one head, each with the study it comes from in front. */
export function stackedCsv(parts: readonly { study: number; csv: string }[]): string {
  const rows = parts.map(({ study, csv }) => {
    const [head = "", ...body] = csv.trimEnd().split("\n");
    return { head: `study,${head}`, body: body.map((row) => `${study},${row}`) };
  });
  return `${[rows[0]?.head ?? "", ...rows.flatMap(({ body }) => body)].join("\n")}\n`;
}

/** The numbers under the figures of several arms, as they are shown. */
export async function armsCsv(arms: readonly NamedArm[], name: string, asked: FigureQuery): Promise<Blob> {
  const parts = await Promise.all(
    arms.map(async ({ study, arm }) => {
      return { study, csv: await fetchText(figureCsv(study, name, { ...asked, arms: String(arm) })) };
    }),
  );
  return new Blob([stackedCsv(parts)], { type: "text/csv" });
}
