import { Link, Navigate } from "react-router";
import { useStudies } from "../../../api/studies";
import { Empty } from "../../../ui/notes/Notes";
import { Waiting } from "../../../ui/notes/Waiting";
import { armsText } from "../../../arms/address";

/** Opened with nothing named: the first two arms of the latest study that has two, and the page says so. */
export function Offered() {
  const studies = useStudies({ per_page: 50 });
  return (
    <Waiting query={studies} what="studies" height={300}>
      {({ items }) => {
        const found = items.find((study) => study.arms.length > 1) ?? items[0];
        if (found === undefined) return <NoStudies />;
        const arms = found.arms.slice(0, 2).map((arm) => ({ study: found.id, arm: arm.position }));
        return <Navigate to={`/compare?arms=${armsText(arms)}`} replace state={OFFERED} />;
      }}
    </Waiting>
  );
}

/** What the address carries beside itself when nobody chose what it names. */
export const OFFERED = { offered: true } as const;

export function isOffered(state: unknown): boolean {
  return typeof state === "object" && state !== null && "offered" in state;
}

function NoStudies() {
  return (
    <Empty
      title="Nothing to compare yet"
      action={
        <Link className="button primary" to="/studies/new">
          New study
        </Link>
      }
    >
      Compare arms of studies, or single runs: statistics, figures, and differences in parameters, code and environment.
    </Empty>
  );
}
