import { Link } from "react-router";
import { useStudiesOf } from "../../api/catalog";
import { counted } from "../../lib/words";

const SHOWN = 3;

/** The newest studies of a recipe, and the way to all of them; nothing is said where the service does not. */
export function UsedBy({ recipe }: { recipe: string }) {
  const { data } = useStudiesOf(recipe, SHOWN);
  if (data === undefined) return <span className="muted">…</span>;
  if (data.total === 0) return <span className="muted">not used yet</span>;
  return (
    <span className="chips">
      {data.items.map((study) => (
        <Link key={study.id} to={`/studies/${study.id}`} className="cut used-study" title={study.name}>
          {study.name}
        </Link>
      ))}
      {data.total > data.items.length ? (
        <Link to={`/?q=${encodeURIComponent(`recipe:${recipe}`)}`}>all {counted(data.total, "study", "studies")}</Link>
      ) : null}
    </span>
  );
}
