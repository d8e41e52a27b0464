import { useMemo } from "react";
import { goingOn } from "../lib/events";
import { useLast } from "../state/useLast";
import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import { api, asApiError, moving, unwrap } from "./client";
import type { StudySummary, StudySummaries as StudySummariesAnswer, StudyRow } from "./types";

export interface StudiesQuery {
  query?: string;
  sort?: string;
  order?: "asc" | "desc";
  page?: number;
  per_page?: number;
}

export function useStudies(query: StudiesQuery, enabled = true) {
  return useQuery({
    enabled,
    queryKey: ["studies", query],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/studies", { params: { query }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: 4000,
  });
}

const PROJECTS_MS = 30_000;

/** The projects that studies belong to. */
export function useProjects() {
  return useQuery({
    queryKey: ["projects"],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/projects", { signal })),
    staleTime: PROJECTS_MS,
  });
}

export function studyOptions(id: number) {
  return queryOptions({
    queryKey: ["study", id],
    queryFn: async ({ signal }) => {
      const study = await unwrap(api.GET("/api/v1/studies/{study_id}", { params: { path: { study_id: id } }, signal }));
      if (goingOn(study.counts)) moving.add(id);
      else moving.delete(id);
      return study;
    },
  });
}

export function useStudy(id: number, enabled = true) {
  return useQuery({ ...studyOptions(id), enabled });
}

const GOING_MS = 4000;
const STILL_MS = 30_000;
const NONE: ReadonlyMap<number, StudySummary> = new Map();

/** What moves when a listed study does: a summary is asked for again as soon as this changes. */
function movement(studies: readonly StudyRow[]): string {
  return studies.map(({ id, counts, excluded, diverged }) => [id, ...Object.values(counts), excluded, diverged].join(".")).join(" ");
}

function byStudy(found: StudySummariesAnswer): ReadonlyMap<number, StudySummary> {
  return new Map(found.items.map((summary) => [summary.study_id, summary]));
}

export interface StudySummaries {
  /** By the study's id; those on their way are absent. */
  of: ReadonlyMap<number, StudySummary>;
  /** Why there is none to show, where the service refused: the list stands without them. */
  trouble: string | null;
}

/** What is decided in each listed study, and what needs attention; trouble leaves the last ones standing. */
export function useStudySummaries(studies: readonly StudyRow[]): StudySummaries {
  const ids = studies.map((study) => study.id).join(",");
  const query = useQuery({
    queryKey: ["summaries", ids, movement(studies)],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/studies/summaries", { params: { query: { ids } }, signal })),
    enabled: studies.length > 0,
    placeholderData: keepPreviousData,
    refetchInterval: studies.some((study) => goingOn(study.counts)) ? GOING_MS : STILL_MS,
    staleTime: 0,
    gcTime: GOING_MS,
  });
  const known = useLast(query.data);
  // Not selected by the query: that makes a new map at every drawing while the last answer stands in for the next.
  const of = useMemo(() => (known === undefined ? NONE : byStudy(known)), [known]);
  return { of, trouble: query.error === null ? null : asApiError(query.error).message };
}

/** Open the stream of a study's events. */
export function studyEvents(study: number): EventSource {
  return new EventSource(`/api/v1/studies/${study}/events`);
}
