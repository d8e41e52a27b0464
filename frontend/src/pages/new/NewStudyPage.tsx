import { useSearchParams } from "react-router";
import { useRecipes } from "../../api/catalog";
import { useStudy } from "../../api/studies";
import type { Recipe } from "../../api/types";
import { useAddress } from "../../state/address";
import { Empty } from "../../ui/notes/Notes";
import { PageHead } from "../../ui/notes/PageHead";
import { Waiting } from "../../ui/notes/Waiting";
import { Drafted } from "./Drafted";
import { prefilled } from "./prefill";
import { clonedSpec, PRESETS, setPreset, type Spec } from "./spec/spec";

/** The form for a new study: empty, filled by a link, or from the study that is cloned. */
export default function NewStudyPage() {
  const recipes = useRecipes();
  const address = useAddress();
  const clone = address.ids("clone")[0];
  return (
    <div className="page">
      <PageHead crumbs={[{ name: "Studies", to: "/" }]} title="New study" />
      <Waiting query={recipes} what="recipes" height={500}>
        {(all) =>
          all.length === 0 ? (
            <NoRecipes />
          ) : clone === undefined ? (
            <Fresh recipes={all} />
          ) : (
            <Cloned recipes={all} study={clone} preset={PRESETS.find((name) => name === address.get("preset")) ?? null} />
          )
        }
      </Waiting>
    </div>
  );
}

/** The form as an address fills it; what it cannot take from there is said. */
function Fresh({ recipes }: { recipes: readonly Recipe[] }) {
  const [search] = useSearchParams();
  const { spec, unknown } = prefilled(search, recipes, usual(recipes));
  return (
    <>
      {unknown.length === 0 ? null : (
        <p className="note">
          Ignored unknown parameters of {String(spec["recipe"])}: {unknown.join(", ")}.
        </p>
      )}
      <Drafted key={search.toString()} recipes={recipes} first={spec} />
    </>
  );
}

function usual(recipes: readonly Recipe[]): string {
  return (recipes.find((recipe) => recipe.name === "digits-mlp") ?? recipes[0])?.name ?? "";
}

function Cloned({ recipes, study, preset }: { recipes: readonly Recipe[]; study: number; preset: string | null }) {
  const query = useStudy(study);
  return (
    <Waiting query={query} what="study" height={500}>
      {(found) => {
        const cloned = clonedSpec(found.spec as unknown as Spec);
        return <Drafted key={study} recipes={recipes} first={preset === null ? cloned : setPreset(cloned, preset)} />;
      }}
    </Waiting>
  );
}

function NoRecipes() {
  return (
    <Empty title="No recipes yet">
      Workers publish their recipes when they start. Start one with <code>seedspread worker</code>.
    </Empty>
  );
}
