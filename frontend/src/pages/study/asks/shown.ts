import { parseIds } from "../../../state/address";

/** Arms that charts show where nobody chose: as many as there are colours. */
export const MOST_SHOWN = 8;

function usual(arms: number): number[] {
  return Array.from({ length: Math.min(arms, MOST_SHOWN) }, (_, position) => position);
}

/** Positions of the arms that charts show, by the address' text; arms there are none of count for nothing. */
export function shownArms(text: string | null, arms: number): number[] {
  const chosen = parseIds(text).filter((position) => position < arms);
  return chosen.length === 0 ? usual(arms) : chosen.toSorted((one, other) => one - other);
}

/** The address' text of these arms; null for those that charts show anyway. */
export function withArms(arms: number, positions: readonly number[]): string | null {
  const next = positions.toSorted((one, other) => one - other).join(",");
  return next === "" || next === usual(arms).join(",") ? null : next;
}

/** The address' text with one arm shown or hidden; null where that is what charts show anyway. */
export function withArm(text: string | null, arms: number, position: number): string | null {
  const shown = shownArms(text, arms);
  // A chart of no arm says nothing: hiding the last one shows the usual ones again.
  return withArms(arms, shown.includes(position) ? shown.filter((other) => other !== position) : [...shown, position]);
}
