import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "./client";
import type { Replay } from "./types";

function open(replays: readonly Replay[]): boolean {
  return replays.some((replay) => replay.state === "queued" || replay.state === "running");
}

/** The replays of a run with their verdicts; asked again while one is on its way. */
export function useReplays(run: number) {
  return useQuery({
    queryKey: ["run", run, "replays"],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/v1/runs/{run_id}/replays", { params: { path: { run_id: run } }, signal })),
    refetchInterval: (query) => (open(query.state.data?.replays ?? []) ? 1500 : false),
  });
}

export interface ReplayOrder {
  runs: readonly number[];
  times: number;
  allowChanged: boolean;
}

/** Trains runs again from their manifests. */
export function useReplay() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ runs, times, allowChanged }: ReplayOrder) =>
      Promise.all(
        runs.map((run) =>
          unwrap(
            api.POST("/api/v1/runs/{run_id}/replays", {
              params: { path: { run_id: run } },
              body: { times, allow_changed: allowChanged },
            }),
          ),
        ),
      ),
    onSettled: () => client.invalidateQueries({ queryKey: ["run"] }),
  });
}
