import { queryOptions, useQuery } from "@tanstack/react-query";
import { api, unwrap } from "./client";

/** What differs from run `a` to run `b`, and nothing else. */
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
