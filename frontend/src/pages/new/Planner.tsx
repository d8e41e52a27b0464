import { useSeedPlan } from "../../api/submission";
import { useStudies, useStudy } from "../../api/studies";
import { count } from "../../format/numbers";
import { duration } from "../../format/times";
import type { Spec } from "./spec";

interface Props {
  spec: Spec;
  runs: number | null;
  onSeeds: (count: number) => void;
}

/** How many seeds the question takes, at the spread of a finished study of this recipe, and how long that lasts. */
export function Planner({ spec, runs, onSeeds }: Props) {
  const recipe = String(spec["recipe"] ?? "");
  const found = useStudies({ query: `recipe:${recipe} is:finished`, per_page: 10 });
  // Of the latest ones, that of most seeds knows the spread best.
  const last = found.data?.items.toSorted((one, other) => (other.arms[0]?.n ?? 0) - (one.arms[0]?.n ?? 0))[0];
  const detail = useStudy(last?.id ?? 0, last !== undefined);
  const difference = spec["smallest_difference"];
  const question =
    last !== undefined && typeof difference === "number" && difference > 0
      ? { difference, study: last.id, power: 0.8 }
      : null;
  const plan = useSeedPlan(question);
  const took =
    detail.data?.started_at && detail.data.finished_at
      ? (Date.parse(detail.data.finished_at) - Date.parse(detail.data.started_at)) / 1000 / Math.max(1, detail.data.runs)
      : null;
  return (
    <div className="planner">
      {question === null ? (
        <p className="muted">
          {last === undefined
            ? "Once a study of this recipe has finished, its spread says here how many seeds a question takes."
            : "State the smallest difference that matters, and the number of seeds it takes stands here."}
        </p>
      ) : plan.data === undefined ? (
        <p className="muted">{plan.error === null ? "Working it out …" : plan.error.message}</p>
      ) : (
        <>
          <p>{plan.data.sentence}</p>
          {plan.data.seeds === null ? null : (
            <button type="button" className="small" onClick={() => onSeeds(plan.data.seeds ?? 10)}>
              Take {count(plan.data.seeds)} seeds
            </button>
          )}
        </>
      )}
      {took !== null && runs !== null ? (
        <p className="muted">At the pace of that study, about {duration(took * runs)}.</p>
      ) : null}
    </div>
  );
}
