import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { api, unwrap } from "./client";
import type { StudySpec } from "./types";

type Spec = Record<string, unknown>;

function freshKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** What a specification would become; asked again whenever it changes, stored nowhere. */
export function useCheck(spec: Spec, enabled: boolean) {
  return useQuery({
    queryKey: ["check", spec],
    // What is typed may be anything: the service judges it.
    queryFn: ({ signal }) => unwrap(api.POST("/api/v1/studies/check", { body: spec as unknown as StudySpec, signal })),
    enabled,
    placeholderData: keepPreviousData,
    retry: false,
    staleTime: 60_000,
  });
}

/** Submits a specification; pressed twice, or repeated after a broken connection, it makes one study. */
export function useSubmit() {
  const client = useQueryClient();
  const key = useRef({ body: "", key: "" });
  return useMutation({
    mutationFn: (spec: Spec) => {
      const body = JSON.stringify(spec);
      if (key.current.body !== body) key.current = { body, key: freshKey() };
      const header = { "idempotency-key": key.current.key };
      return unwrap(api.POST("/api/v1/studies", { body: spec as unknown as StudySpec, params: { header } }));
    },
    onSuccess: () => client.invalidateQueries({ queryKey: ["studies"] }),
  });
}

export interface SeedsQuestion {
  difference: number;
  study: number;
  power: number;
}

/** Seeds needed to see a difference, at the spread of a study. */
export function useSeedPlan(question: SeedsQuestion | null) {
  return useQuery({
    queryKey: ["plan-seeds", question],
    queryFn: ({ signal }) =>
      unwrap(
        api.POST("/api/v1/plan-seeds", {
          body: {
            difference: question?.difference ?? null,
            study_id: question?.study ?? null,
            power: question?.power ?? 0.8,
            level: 0.95,
            a: 0,
          },
          signal,
        }),
      ),
    enabled: question !== null,
    retry: false,
  });
}
