import { useQuery } from "@tanstack/react-query";
import { api, unwrap } from "./client";

/** The cells of the notebook that a run was made in, as they ran. */
export function useCells(run: number) {
  return useQuery({
    queryKey: ["run", run, "cells"],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/v1/runs/{run_id}/cells", { params: { path: { run_id: run } }, signal })),
  });
}

/** A unified diff from the cells of `run` to those of `other`. */
export function useCellDiff(run: number, other: number | null) {
  return useQuery({
    queryKey: ["run", run, "cells", other],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/api/v1/runs/{run_id}/cells/diff", {
          params: { path: { run_id: run }, query: { other: other ?? 0 } },
          signal,
        }),
      ),
    enabled: other !== null && other !== run,
    retry: false,
  });
}

/** The files that came with a run that was trained elsewhere. */
export function useRunFiles(run: number, enabled: boolean) {
  return useQuery({
    queryKey: ["run", run, "files"],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/v1/runs/{run_id}/files", { params: { path: { run_id: run } }, signal })),
    enabled,
  });
}
