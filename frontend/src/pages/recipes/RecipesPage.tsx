import { useState } from "react";
import { Link } from "react-router";
import { useRecipe, useRecipes } from "../../api/recipes";
import type { Recipe } from "../../api/types";
import { digestHead, shown } from "../../format/values";
import { Card } from "../../parts/Card";
import { CodeBlock } from "../../parts/Copy";
import { Empty } from "../../parts/Notes";
import { PageHead } from "../../parts/PageHead";
import { Waiting } from "../../parts/Waiting";
import { fieldsOf } from "../new/schema";

/** What can be trained: every recipe that a worker has published. */
export default function RecipesPage() {
  const query = useRecipes();
  return (
    <div className="page">
      <PageHead title="Recipes" />
      <Waiting query={query} what="recipes" height={400}>
        {(recipes) =>
          recipes.length === 0 ? (
            <Empty title="No recipe is known yet">Workers publish what they can train when they start.</Empty>
          ) : (
            recipes.map((recipe) => <RecipeCard key={recipe.name} recipe={recipe} />)
          )
        }
      </Waiting>
    </div>
  );
}

function RecipeCard({ recipe }: { recipe: Recipe }) {
  const [open, setOpen] = useState(false);
  return (
    <Card
      title={recipe.name}
      actions={
        <Link className="button" to={`/studies/new?recipe=${encodeURIComponent(recipe.name)}`}>
          New study
        </Link>
      }
    >
      <p>{recipe.help}</p>
      <p className="muted">
        version {recipe.version}, {recipe.kind}, code <code title={recipe.source_digest}>{digestHead(recipe.source_digest)}</code>,
        sources of randomness: {recipe.sources.join(", ")}; reports {recipe.metrics.map((metric) => metric.name).join(", ")}
      </p>
      <div className="table-scroll">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Parameter</th>
              <th scope="col" className="num">
                Default
              </th>
              <th scope="col">Range</th>
              <th scope="col">What it is</th>
            </tr>
          </thead>
          <tbody>
            {fieldsOf(recipe.parameters).map((field) => (
              <tr key={field.name}>
                <th scope="row">{field.name}</th>
                <td className="num mono">{shown(field.fallback)}</td>
                <td>{field.kind === "choice" ? field.choices.map(shown).join(", ") : field.range}</td>
                <td>{field.help}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <details onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>Code</summary>
        {open ? <Code name={recipe.name} /> : null}
      </details>
    </Card>
  );
}

function Code({ name }: { name: string }) {
  const query = useRecipe(name);
  return (
    <Waiting query={query} what="code">
      {(recipe) =>
        Object.entries(recipe.source_files ?? {}).map(([file, code]) => (
          <section key={file}>
            <h3>{file}</h3>
            <CodeBlock code={code} label={`Code of ${file}`} />
          </section>
        ))
      }
    </Waiting>
  );
}
