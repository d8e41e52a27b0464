import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api, unwrap } from "./client";
import { COSTLY } from "./costly";

/** What seeding does to each arm, in a sentence. */
export function useSeeding(study: number, enabled: boolean) {
  return useQuery({
    queryKey: ["study", study, COSTLY, "seeding"],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/v1/studies/{study_id}/seeding", { params: { path: { study_id: study } }, signal })),
    placeholderData: keepPreviousData,
    enabled,
  });
}
