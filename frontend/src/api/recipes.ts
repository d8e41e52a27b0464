import { useQuery } from "@tanstack/react-query";
import { api, unwrap } from "./client";

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

export function useQueues(enabled = true) {
  return useQuery({
    enabled,
    queryKey: ["queues"],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/queues", { signal })),
    refetchInterval: 2000,
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
