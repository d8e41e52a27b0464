import { useRef } from "react";
import { useRecipes } from "../../api/catalog";
import type { Recipe } from "../../api/types";
import { useAddress } from "../../state/address";
import { useKeys } from "../../state/bindings";
import { Empty } from "../../ui/notes/Notes";
import { PageHead } from "../../ui/notes/PageHead";
import { Waiting } from "../../ui/notes/Waiting";
import { RecipeCard } from "./RecipeCard";
import { fitting } from "./fitting";

/** With more recipes than this, tables of parameters are shown when asked for. */
const MOST_OPEN = 6;

function Listed({ recipes }: { recipes: readonly Recipe[] }) {
  const address = useAddress();
  const shown = fitting(recipes, address.get("q") ?? "");
  if (recipes.length === 0) {
    return (
      <Empty title="No recipes yet">
        Workers publish their recipes when they start. Start workers with <code>seedspread up</code>. Add your own recipes with{" "}
        <code>--recipes my_recipes.py</code>.
      </Empty>
    );
  }
  if (shown.length > 0) return shown.map((recipe) => <RecipeCard key={recipe.name} recipe={recipe} open={shown.length <= MOST_OPEN} />);
  return (
    <Empty
      title="No matching recipes"
      action={
        <button type="button" onClick={() => address.set({ q: null })}>
          Show all recipes
        </button>
      }
    />
  );
}

/** What can be trained: every recipe that a worker has published. */
export default function RecipesPage() {
  const query = useRecipes();
  const address = useAddress();
  const field = useRef<HTMLInputElement>(null);
  useKeys([{ keys: "/", does: "Search the recipes", run: () => field.current?.focus() }]);
  return (
    <div className="page">
      <PageHead title="Recipes" />
      <div className="toolbar">
        <input
          ref={field}
          type="search"
          aria-label="Search the recipes"
          placeholder="Search: name, parameter, randomness source, metric"
          value={address.get("q") ?? ""}
          onChange={(event) => address.set({ q: event.target.value })}
        />
      </div>
      <Waiting query={query} what="recipes" height={400}>
        {(recipes) => <Listed recipes={recipes} />}
      </Waiting>
    </div>
  );
}
