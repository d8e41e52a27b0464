import { useFamily } from "../../../api/analysis";
import type { Study } from "../../../api/types";
import { summariesOf } from "../../../arms/answers";
import { goingOn } from "../../../lib/events";
import type { Summary } from "../../../lib/values";
import { firstArms, MOST_SHOWN } from "../asks/shown";
import { ranked } from "../head/ranking";

interface Arms {
  /** Positions that charts show where nobody chose, as the service does: of many arms the best once all runs have ended. */
  usual: readonly number[];
  /** Positions of the best arms so far; empty before any has a value. */
  best: readonly number[];
  /** The second best arm and the best, once all runs have ended; else the first two. Null while the order is on its way. */
  pair: readonly [number, number] | null;
}

/** The arms that charts begin with; while runs are to come the first ones, so that no chart changes its arms under the hand. */
export function useUsualArms(study: Study, metric: string, summary: Summary): Arms {
  const first = firstArms(study.arms.length);
  const several = study.arms.length > 2;
  const { data: family, error } = useFamily(study.id, { metric, summary }, several);
  if (family === undefined || !several) return { usual: first, best: [], pair: several && error === null ? null : [0, 1] };
  const means = new Map([...summariesOf(family)].map(([position, { mean }]) => [position, mean ?? null]));
  const order = ranked(study, family.ranking, means);
  const valued = order.filter(({ mean }) => mean !== null).map(({ position }) => position);
  const best = valued.slice(0, MOST_SHOWN);
  const [one, two] = valued;
  if (goingOn(study.counts)) return { usual: first, best, pair: [0, 1] };
  return {
    usual: order.slice(0, MOST_SHOWN).map(({ position }) => position),
    best,
    pair: one === undefined || two === undefined ? [0, 1] : [two, one],
  };
}
