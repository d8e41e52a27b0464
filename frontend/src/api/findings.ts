import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api, unwrap } from "./client";
import type { Asked } from "./comparisons";
import { COSTLY } from "./costly";

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
