import type { Summary } from "../lib/values";
import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import { api, COSTLY, unwrap } from "./client";

export interface Asked {
  metric: string;
  summary: Summary;
}

/** Every arm of a study against its first, corrected for how many there are. */
export function useFamily(study: number, asked: Asked, enabled: boolean) {
  return useQuery({
    queryKey: ["study", study, COSTLY, "comparisons", asked],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/api/v1/studies/{study_id}/comparisons", {
          params: { path: { study_id: study }, query: asked },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    enabled,
  });
}

/** Runs grouped by parameters (null: by everything but the seed), all of them or some. */
export function useGroups(study: number, asked: Asked, by: readonly string[] | null, runs: readonly number[] | null) {
  const body = { ...asked, by: by === null ? null : [...by], runs: runs === null ? null : [...runs] };
  return useQuery({
    queryKey: ["study", study, COSTLY, "groups", body],
    queryFn: ({ signal }) =>
      unwrap(api.POST("/api/v1/studies/{study_id}/groups", { params: { path: { study_id: study } }, body, signal })),
    placeholderData: keepPreviousData,
  });
}

/** An arm by its study and its place there. */
export interface ArmPlace {
  study: number;
  arm: number;
}

/** How arm `b` against arm `a` is asked for, of one study or of two; by the metric that decides the first, or by another. */
export function armComparisonOptions(a: ArmPlace, b: ArmPlace, asked: Partial<Asked>) {
  const other = b.study === a.study ? String(b.arm) : `${b.study}:${b.arm}`;
  return queryOptions({
    queryKey: ["study", a.study, COSTLY, "comparison", a.arm, other, asked],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/api/v1/studies/{study_id}/comparison", {
          params: { path: { study_id: a.study }, query: { a: String(a.arm), b: other, ...asked } },
          signal,
        }),
      ),
  });
}

/** What the audit of a study has to say, errors first. */
export function useFindings(study: number) {
  return useQuery({
    queryKey: ["study", study, COSTLY, "findings"],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/v1/studies/{study_id}/findings", { params: { path: { study_id: study } }, signal })),
    placeholderData: keepPreviousData,
  });
}

/** Where the spread comes from, of a study whose design can tell. */
export function useVariance(study: number, asked: Asked, enabled: boolean) {
  return useQuery({
    queryKey: ["study", study, COSTLY, "variance", asked],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/api/v1/studies/{study_id}/variance", {
          params: { path: { study_id: study }, query: asked },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    enabled,
  });
}

/** Effect of seeding to each arm, in a sentence. */
export function useSeeding(study: number, enabled: boolean) {
  return useQuery({
    queryKey: ["study", study, COSTLY, "seeding"],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/v1/studies/{study_id}/seeding", { params: { path: { study_id: study } }, signal })),
    placeholderData: keepPreviousData,
    enabled,
  });
}

/** The noise floors that are kept, by name. */
export function useFloors() {
  return useQuery({ queryKey: ["floors"], queryFn: ({ signal }) => unwrap(api.GET("/api/v1/floors", { signal })) });
}

/** One noise floor, with the candidates judged against it. */
export function useFloor(name: string) {
  return useQuery({
    queryKey: ["floors", name],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/floors/{name}", { params: { path: { name } }, signal })),
  });
}
