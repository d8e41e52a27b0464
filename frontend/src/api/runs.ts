import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import { api, unwrap } from "./client";

/** Every run of a study, in columns: one answer for 10,000 rows. */
export function compactOptions(study: number) {
  return queryOptions({
    queryKey: ["study", study, "runs"],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/v1/studies/{study_id}/runs/compact", { params: { path: { study_id: study } }, signal })),
  });
}

export function useCompactRuns(study: number) {
  return useQuery({ ...compactOptions(study), placeholderData: keepPreviousData });
}

export function runOptions(id: number) {
  return queryOptions({
    queryKey: ["run", id],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/runs/{run_id}", { params: { path: { run_id: id } }, signal })),
  });
}

export function useRun(id: number) {
  return useQuery({
    ...runOptions(id),
    refetchInterval: (query) => (["queued", "running"].includes(query.state.data?.state ?? "") ? 1500 : false),
  });
}

export function useRunLog(id: number, live: boolean) {
  return useQuery({
    queryKey: ["run", id, "log"],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/runs/{run_id}/log", { params: { path: { run_id: id } }, signal })),
    refetchInterval: live ? 2000 : false,
  });
}

export function seriesOptions(id: number) {
  return queryOptions({
    queryKey: ["run", id, "series"],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/v1/runs/{run_id}/series", { params: { path: { run_id: id } }, signal })),
  });
}

export function useRunSeries(id: number, live: boolean) {
  return useQuery({ ...seriesOptions(id), refetchInterval: live ? 1500 : false, placeholderData: keepPreviousData });
}
