import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api, unwrap } from "./client";

export interface Asked {
  metric: string;
  summary: "last" | "best";
}

/** Every arm of a study against its first, corrected for how many there are. */
export function useFamily(study: number, asked: Asked, enabled: boolean) {
  return useQuery({
    queryKey: ["study", study, "comparisons", asked],
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

/** Arm `b` against arm `a` of one study, by position. */
export function useComparison(study: number, a: number, b: number, asked: Asked, enabled: boolean) {
  return useQuery({
    queryKey: ["study", study, "comparison", a, b, asked],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/api/v1/studies/{study_id}/comparison", {
          params: { path: { study_id: study }, query: { ...asked, a: String(a), b: String(b) } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    enabled,
  });
}
