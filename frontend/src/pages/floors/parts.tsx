import type { Floor } from "../../api/types";
import { exact, mean, number, percent, sd } from "../../lib/words";
import { Value } from "../../ui/marks/Value";

/** How the conditions that are facts of the environment begin. */
export const ENVIRONMENT = "environment.";

/** The facts of the environment that a candidate has to share, on one line. */
export function environmentOf(floor: Floor): string {
  const facts = Object.entries(floor.conditions).filter(([key]) => key.startsWith(ENVIRONMENT));
  return facts.map(([key, value]) => `${key.slice(ENVIRONMENT.length)} ${value}`).join(", ") || "–";
}

/** The floor's mean, rounded by its interval. */
export function Mean({ floor }: { floor: Floor }) {
  const { mean: middle, mean_interval: interval } = floor.values;
  return <Value value={middle} text={interval === null || interval === undefined ? number(middle) : mean(middle, (interval.high - interval.low) / 2)} />;
}

/** How far the floor's seeds spread. */
export function Spread({ floor }: { floor: Floor }) {
  return <Value value={floor.values.std} text={sd(floor.values.std)} />;
}

/** What is left of the error rate that all candidates share. */
export function Budget({ floor }: { floor: Floor }) {
  const left = Math.max(0, floor.error - floor.spent);
  const told = `Spent: ${exact(floor.spent)} of ${exact(floor.error)}. All candidates share this chance that any of them is kept although it equals the floor.`;
  return <span title={told}>{percent(left / floor.error)} left</span>;
}
