import { keepPreviousData, queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { api, unwrap } from "./client";
import type { Replay } from "./types";

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

/** What the processes of a run used over time. */
export function useRunUsage(id: number, live: boolean) {
  return useQuery({
    queryKey: ["run", id, "usage"],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/runs/{run_id}/usage", { params: { path: { run_id: id } }, signal })),
    refetchInterval: live ? 4000 : false,
  });
}

/** Differences from run `a` to run `b`, and nothing else. */
export function useRunDiff(a: number | null, b: number | null) {
  return useQuery({
    queryKey: ["diff", a, b],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/v1/runs/diff", { params: { query: { a: a ?? 0, b: b ?? 0 } }, signal })),
    enabled: a !== null && b !== null && a !== b,
  });
}

/** The arm's finished run of the lowest seed: what stands for the arm where its code and environment are compared. */
export function runOfArmOptions(study: number, arm: number) {
  return queryOptions({
    queryKey: ["study", study, "run-of-arm", arm],
    queryFn: async ({ signal }) => {
      const query = { arm, sort: "seed", order: "asc" as const, per_page: 1, query: "is:finished" };
      const page = await unwrap(
        api.GET("/api/v1/studies/{study_id}/runs", { params: { path: { study_id: study }, query }, signal }),
      );
      return page.items[0]?.id ?? null;
    },
  });
}

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

const AFTERWARDS_MS = [0, 1500, 5000];

/** Ask once more for everything of a run when it ends: polls that follow its state would miss what it wrote last. */
export function useLastAnswers(id: number, live: boolean): void {
  const client = useQueryClient();
  const before = useRef(live);
  useEffect(() => {
    const ended = before.current && !live;
    before.current = live;
    if (!ended) return undefined;
    const timers = AFTERWARDS_MS.map((wait) => setTimeout(() => void client.invalidateQueries({ queryKey: ["run", id] }), wait));
    return () => timers.forEach(clearTimeout);
  }, [client, id, live]);
}
