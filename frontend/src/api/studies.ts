import { keepPreviousData, queryOptions, useQuery } from "@tanstack/react-query";
import { api, unwrap } from "./client";

export interface StudiesQuery {
  query?: string;
  sort?: string;
  order?: "asc" | "desc";
  page?: number;
  per_page?: number;
}

export function useStudies(query: StudiesQuery) {
  return useQuery({
    queryKey: ["studies", query],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/studies", { params: { query }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: 4000,
  });
}

export function studyOptions(id: number) {
  return queryOptions({
    queryKey: ["study", id],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/v1/studies/{study_id}", { params: { path: { study_id: id } }, signal })),
  });
}

export function useStudy(id: number, enabled = true) {
  return useQuery({ ...studyOptions(id), enabled });
}
