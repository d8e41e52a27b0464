import type { Recipe } from "../../api/types";

function words(recipe: Recipe): string {
  const parameters = Object.keys((recipe.parameters["properties"] ?? {}) as Record<string, unknown>);
  const metrics = recipe.metrics.map((metric) => metric.name);
  return [recipe.name, recipe.help, recipe.kind, ...parameters, ...recipe.sources, ...metrics].join(" ").toLowerCase();
}

/** The recipes that speak of every word searched for; a recipe of exactly that name stands alone. */
export function fitting(recipes: readonly Recipe[], search: string): readonly Recipe[] {
  const wanted = search.toLowerCase().split(/\s+/).filter(Boolean);
  const exact = recipes.filter((recipe) => recipe.name.toLowerCase() === wanted.join(" "));
  if (exact.length > 0) return exact;
  return recipes.filter((recipe) => wanted.every((word) => words(recipe).includes(word)));
}
