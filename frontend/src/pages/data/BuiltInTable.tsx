import { Link } from "react-router";
import type { BuiltIn } from "../../api/types";
import { Empty } from "../../ui/notes/Notes";
import { Used } from "./Used";
import { TableScroll } from "../../ui/notes/TableScroll";

/** The address of a new study on this data. */
function trained({ recipe, parameter, name }: BuiltIn): string {
  const start = `/studies/new?recipe=${encodeURIComponent(recipe)}`;
  return parameter === null || name === null ? start : `${start}&p.${encodeURIComponent(parameter)}=${encodeURIComponent(name)}`;
}

function Row({ one, first }: { one: BuiltIn; first: boolean }) {
  return (
    <tr>
      <th scope="row" className={first ? undefined : "repeated"}>
        <Link to={`/recipes?q=${encodeURIComponent(one.recipe)}`}>{one.recipe}</Link>
      </th>
      <td data-label="Data">
        {one.name === null ? (
          <span className="muted">built in</span>
        ) : (
          <span>
            <code>
              {one.parameter} = {one.name}
            </code>
            {one.default ? <span className="muted"> default</span> : null}
          </span>
        )}
      </td>
      <td data-label="Also accepts" className={one.kind === null ? "none" : undefined}>
        {one.kind === null ? <span className="muted">–</span> : `a file (${one.kind})`}
      </td>
      <td data-label="Used by">
        <Used used={one.used} />
      </td>
      <td className="row-actions">
        <Link className="button small" to={trained(one)} aria-label={`New study of ${one.recipe}${one.name === null ? "" : ` on ${one.name}`}`}>
          New study
        </Link>
      </td>
    </tr>
  );
}

/** What can be trained on without a file, by recipe. */
export function BuiltInTable({ all }: { all: readonly BuiltIn[] }) {
  if (all.length === 0) return <Empty title="No recipes yet">Workers publish their recipes when they start.</Empty>;
  return (
    <TableScroll>
      <table className="table stack">
        <thead>
          <tr>
            <th scope="col">Recipe</th>
            <th scope="col">Data</th>
            <th scope="col">Also accepts</th>
            <th scope="col">Used by</th>
            <th scope="col">
              <span className="visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {all.map((one, place) => (
            <Row key={`${one.recipe} ${one.parameter} ${one.name}`} one={one} first={all[place - 1]?.recipe !== one.recipe} />
          ))}
        </tbody>
      </table>
    </TableScroll>
  );
}
