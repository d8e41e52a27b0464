import { Link } from "react-router";
import { useWorkers } from "../../../api/catalog";
import { useStudies, useStudy } from "../../../api/studies";
import { useSeedPlan } from "../../../api/submission";
import type { Checked, Recipe, StudyRow } from "../../../api/types";
import { count, duration, counted, entered, significant } from "../../../lib/words";
import { bestKnown, seedsOf, shows, trainingSeconds } from "../spec/estimate";
import { armsOf, type Spec } from "../spec/spec";

interface Props {
  spec: Spec;
  recipe: Recipe | undefined;
  checked: Checked | undefined;
  onSeeds: (count: number) => void;
}

/** What the question takes, before it is asked: seeds at the spread of a finished study of this recipe, and time. */
export function Planner({ spec, recipe, checked, onSeeds }: Props) {
  const metric = String(spec["metric"] ?? recipe?.metrics[0]?.name ?? "");
  const found = useStudies({ query: `recipe:${String(spec["recipe"] ?? "")} is:finished`, per_page: 20 });
  const known = bestKnown(found.data?.items ?? [], metric, armsOf(spec).length > 1);
  return (
    <div className="planner" role="status" aria-label="Estimate">
      <SeedsNeeded spec={spec} known={known} onSeeds={onSeeds} />
      {checked === undefined ? null : <Time spec={spec} recipe={recipe} checked={checked} timed={known?.id ?? found.data?.items[0]?.id ?? null} />}
    </div>
  );
}

function SeedsNeeded({ spec, known, onSeeds }: { spec: Spec; known: StudyRow | undefined; onSeeds: (count: number) => void }) {
  const difference = spec["smallest_difference"];
  const question = known !== undefined && typeof difference === "number" && difference > 0 ? { difference, study: known.id, power: 0.8 } : null;
  const plan = useSeedPlan(question);
  if (known === undefined) {
    return <p className="muted">Seed estimates appear here after the first study of this recipe.</p>;
  }
  if (question === null) {
    return <p className="muted">Set the smallest difference that matters to see how many seeds you need.</p>;
  }
  if (plan.data === undefined) return <p className="muted">{plan.error === null ? "Calculating…" : plan.error.message}</p>;
  const { headline, detail = [], seeds, for_verdict: enough, unit, by_seeds } = plan.data;
  const now = seedsOf(spec);
  const row = now === null ? undefined : shows(by_seeds, now);
  return (
    <>
      <p>{headline}</p>
      {detail.length === 0 ? null : <p className="muted">{detail.join(" ")}</p>}
      {seeds === null || now === null || now >= seeds ? null : (
        <p className="muted">
          {row === undefined
            ? `${counted(now, "seed")} can detect almost no difference.`
            : `${counted(row.seeds, "seed")} can detect a difference of ${entered(significant(row.detectable, 2), unit)}.`}
        </p>
      )}
      {enough === null || enough === now ? null : (
        <button type="button" className="small" onClick={() => onSeeds(enough)}>
          Use {count(enough)} seeds
        </button>
      )}
      <p className="field-help">
        Based on the spread in <Link to={`/studies/${known.id}`}>{known.name}</Link>.
      </p>
    </>
  );
}

interface TimeProps {
  spec: Spec;
  recipe: Recipe | undefined;
  checked: Checked;
  timed: number | null;
}

/** How long it will train, on the workers there are; and whether there is one. */
function Time({ spec, recipe, checked, timed }: TimeProps) {
  const device = String(spec["device"] ?? "cpu");
  const workers = useWorkers();
  const detail = useStudy(timed ?? 0, timed !== null);
  const alive = (workers.data ?? []).filter((worker) => worker.alive && worker.queue === device).length;
  if (workers.data !== undefined && alive === 0) {
    return (
      <p className="note">
        <span>
          No {device.toUpperCase()} worker is running. Runs will wait in the queue. Start one with <code>seedspread worker --queue {device}</code>.
        </span>
      </p>
    );
  }
  const seconds = trainingSeconds(checked, detail.data, recipe, alive);
  if (seconds === null) return null;
  return (
    <p className="muted">
      {counted(checked.runs, "run")}: about {duration(Math.max(1, seconds))} on {counted(alive, "worker")}.
    </p>
  );
}
