import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "./client";
import { useSharedOnly } from "./operation";

export function useRecipes() {
  return useQuery({
    queryKey: ["recipes"],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/recipes", { signal })),
    // A service that has just started knows none until its first worker says what it can train.
    refetchInterval: (query) => (query.state.data?.length === 0 ? 1500 : false),
    staleTime: 10_000,
  });
}

export function useWorkers() {
  return useQuery({
    queryKey: ["workers"],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/workers", { signal })),
    refetchInterval: 2000,
  });
}

const QUEUES_MS = 2000;
/** Where queues are only asked whether they are blocked. */
export const BLOCKED_MS = 10_000;

export function useQueues(enabled = true, everyMs = QUEUES_MS) {
  return useQuery({
    enabled: useSharedOnly() === false && enabled,
    queryKey: ["queues"],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/queues", { signal })),
    refetchInterval: everyMs,
  });
}

/** The newest studies of a recipe, and how many there are; asked for once a visit. */
export function useStudiesOf(recipe: string, number: number) {
  const query = `recipe:${JSON.stringify(recipe)}`;
  return useQuery({
    queryKey: ["studies", "of", recipe, number],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/studies", { params: { query: { query, per_page: number } }, signal })),
    staleTime: 10_000,
  });
}

/** One recipe with its source code. */
export function useRecipe(name: string) {
  return useQuery({
    queryKey: ["recipes", name],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/recipes/{name}", { params: { path: { name } }, signal })),
  });
}

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

/** The views of a page that people saved, for all. */
export function useViews(page: string) {
  return useQuery({
    queryKey: ["views", page],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/views", { params: { query: { page } }, signal })),
    enabled: useSharedOnly() === false,
  });
}

export interface ViewOrder {
  name: string;
  search: string;
  replace: boolean;
}

/** Save and delete views of a page. */
export function useViewChanges(page: string) {
  const client = useQueryClient();
  const again = () => client.invalidateQueries({ queryKey: ["views", page] });
  return {
    save: useMutation({ mutationFn: (order: ViewOrder) => unwrap(api.PUT("/api/v1/views", { body: { page, ...order } })), onSuccess: again }),
    remove: useMutation({ mutationFn: (name: string) => unwrap(api.DELETE("/api/v1/views", { params: { query: { page, name } } })), onSettled: again }),
  };
}
