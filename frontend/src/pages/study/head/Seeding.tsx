import { useSeeding } from "../../../api/analysis";
import type { Study } from "../../../api/types";
import { ArmMark } from "../../../ui/marks/ArmChip";
import { Card } from "../../../ui/notes/Card";
import { ErrorNote } from "../../../ui/notes/Notes";
import { armsDifferInSeeding } from "../asks/design";

/** What each round of seeding shows, in a sentence; only where arms differ in what is seeded. */
export function Seeding({ study }: { study: Study }) {
  const told = armsDifferInSeeding(study);
  const query = useSeeding(study.id, told);
  if (!told) return null;
  return (
    <Card title="Effect of seeding">
      {query.error !== null && query.data === undefined ? (
        <ErrorNote error={query.error} onRetry={() => void query.refetch()} />
      ) : query.data === undefined ? (
        <p className="muted">Loading…</p>
      ) : (
        <ul className="finding-list">
          {query.data.map((arm) => (
            <li key={arm.arm} className="finding">
              <ArmMark position={arm.arm} />
              <p>{arm.sentence}</p>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
