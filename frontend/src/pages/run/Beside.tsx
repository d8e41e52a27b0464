import { Link, useNavigate } from "react-router";
import { useCompactRuns } from "../../api/runs";
import { useStudy } from "../../api/studies";
import type { Run } from "../../api/types";
import { useKeys } from "../../state/bindings";
import { ArmChip } from "../../ui/marks/ArmChip";
import { neighbours, type Neighbour } from "./neighbours";

const SHOWN = 7;

/** Ways from a run to those beside it: the arm's other seeds (`j`, `k`), and the other arms under this seed. */
export function Beside({ run }: { run: Run }) {
  const runs = useCompactRuns(run.study_id);
  const study = useStudy(run.study_id);
  const navigate = useNavigate();
  const { previous, next, same } =
    runs.data === undefined ? { previous: null, next: null, same: [] } : neighbours(runs.data, run.id);
  const go = (to: Neighbour | null) => {
    if (to !== null) void navigate(`/runs/${to.id}`);
  };
  useKeys([
    { keys: "j", does: "Next seed of this arm", run: () => go(next) },
    { keys: "k", does: "Previous seed of this arm", run: () => go(previous) },
  ]);
  return (
    <nav className="beside" aria-label="Runs beside this one">
      {previous === null ? null : (
        <Link to={`/runs/${previous.id}`} rel="prev">
          ← seed {previous.seed}
        </Link>
      )}
      {next === null ? null : (
        <Link to={`/runs/${next.id}`} rel="next">
          seed {next.seed} →
        </Link>
      )}
      {same.length === 0 ? null : <span className="muted">Same seed:</span>}
      {same.slice(0, SHOWN).map((one) => (
        <Link key={one.id} to={`/runs/${one.id}`}>
          <ArmChip position={one.arm} name={study.data?.arms[one.arm]?.name ?? `arm ${one.arm + 1}`} />
        </Link>
      ))}
      {same.length > SHOWN ? <span className="muted">and {same.length - SHOWN} more</span> : null}
    </nav>
  );
}
