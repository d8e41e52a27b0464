import { useState } from "react";
import { Link } from "react-router";
import { useRecipe } from "../../api/catalog";
import type { Recipe } from "../../api/types";
import { type Field, fieldsOf } from "../../lib/schema";
import { digestHead, shown } from "../../lib/values";
import { counted } from "../../lib/words";
import { CodeBlock } from "../../ui/controls/Copy";
import { Card } from "../../ui/notes/Card";
import { Waiting } from "../../ui/notes/Waiting";
import { UsedBy } from "./UsedBy";
import { TableScroll } from "../../ui/notes/TableScroll";

/** What a parameter may be: its choices, its range, or the data sets and files it takes. */
function allowed(field: Field, recipe: Recipe): string {
  const rule = ((recipe.parameters["properties"] ?? {}) as Record<string, Record<string, unknown>>)[field.name];
  if (typeof rule?.["x-data"] === "string") {
    const sets = [rule["x-data-sets"], rule["examples"]].flatMap((some) => (Array.isArray(some) ? some.map(shown) : []));
    return [...sets, `a file (${rule["x-data"]})`].join(", ");
  }
  return field.kind === "choice" ? field.choices.map(shown).join(", ") : field.range;
}

function Parameters({ fields, recipe }: { fields: readonly Field[]; recipe: Recipe }) {
  return (
    <TableScroll>
      <table className="table stack">
        <thead>
          <tr>
            <th scope="col">Parameter</th>
            <th scope="col" className="num">
              Default
            </th>
            <th scope="col">Values</th>
            <th scope="col">Description</th>
          </tr>
        </thead>
        <tbody>
          {fields.map((field) => (
            <tr key={field.name}>
              <th scope="row">
                <code>{field.name}</code>
              </th>
              <td data-label="Default" className="num mono">
                {shown(field.fallback)}
              </td>
              <td data-label="Values">{allowed(field, recipe)}</td>
              <td data-label="Description">{field.help}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableScroll>
  );
}

function Facts({ recipe }: { recipe: Recipe }) {
  return (
    <dl className="file-facts recipe-facts">
      <dt>Sources</dt>
      <dd className="chips">
        {recipe.sources.map((source) => (
          <span key={source} className="tag">
            {source}
          </span>
        ))}
      </dd>
      <dt>Metrics</dt>
      <dd className="chips">
        {recipe.metrics.map((metric) => (
          <span key={metric.name} title={`${metric.direction === "maximize" ? "higher" : "lower"} is better${metric.help ? `: ${metric.help}` : ""}`}>
            {metric.name} <span className="muted">{metric.direction === "maximize" ? "↑" : "↓"}</span>
          </span>
        ))}
      </dd>
      <dt>Used by</dt>
      <dd>
        <UsedBy recipe={recipe.name} />
      </dd>
      <dt>Code</dt>
      <dd className="muted">
        version {recipe.version}, {recipe.kind === "keras" ? "Keras" : "own training loop"}, SHA-256{" "}
        <code title={recipe.source_digest}>{digestHead(recipe.source_digest)}</code>
      </dd>
    </dl>
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

/** One recipe: what it is, what it has, who used it, its parameters, its code. */
export function RecipeCard({ recipe, open }: { recipe: Recipe; open: boolean }) {
  const [code, setCode] = useState(false);
  const fields = fieldsOf(recipe.parameters);
  return (
    <Card
      title={recipe.name}
      className="recipe"
      actions={
        <Link className="button" to={`/studies/new?recipe=${encodeURIComponent(recipe.name)}`} aria-label={`New study of ${recipe.name}`}>
          New study
        </Link>
      }
    >
      <p className="recipe-help">{recipe.help}</p>
      <Facts recipe={recipe} />
      {fields.length === 0 ? (
        <p className="muted">No parameters.</p>
      ) : (
        <details open={open}>
          <summary>{counted(fields.length, "parameter")}</summary>
          <Parameters fields={fields} recipe={recipe} />
        </details>
      )}
      <details onToggle={(event) => setCode(event.currentTarget.open)}>
        <summary>Code</summary>
        {code ? <Code name={recipe.name} /> : null}
      </details>
    </Card>
  );
}
