import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api, unwrap } from "./client";

export const FILE_KINDS = ["table", "text", "arrays"] as const;
export type FileKind = (typeof FILE_KINDS)[number];

/** A file to look into: its path on the service's machine, its kind where it is known, and a table's column of the class. */
export interface WantedFile {
  path: string;
  kind: FileKind | null;
  target: string;
}

/** What recipes bring along, and files that were trained on; asked for again, since files change behind our back. */
export function useDatasets() {
  return useQuery({
    queryKey: ["datasets"],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/datasets", { signal })),
    refetchInterval: 15_000,
  });
}

/** What is in a file; nothing is asked while `path` is empty. */
export function useFileCheck(wanted: WantedFile) {
  return useQuery({
    queryKey: ["datasets", "check", wanted],
    queryFn: ({ signal }) => unwrap(api.POST("/api/v1/datasets/check", { body: wanted, signal })),
    enabled: wanted.path !== "",
    placeholderData: keepPreviousData,
  });
}
