import { parseIds } from "../../../state/address";

/** Arms that charts show where nobody chose: as many as there are colours. */
export const MOST_SHOWN = 8;

/** Positions of the first arms, as many as charts show. */
export function firstArms(arms: number): number[] {
  return Array.from({ length: Math.min(arms, MOST_SHOWN) }, (_, position) => position);
}

/** Positions of the arms that charts show, by the address' text; arms there are none of count for nothing. */
export function shownArms(text: string | null, arms: number, usual: readonly number[] = firstArms(arms)): number[] {
  const chosen = parseIds(text).filter((position) => position < arms);
  return (chosen.length === 0 ? usual : chosen).toSorted((one, other) => one - other);
}

function ordered(positions: readonly number[]): string {
  return positions.toSorted((one, other) => one - other).join(",");
}

/** The address' text of these arms; null for those that charts show anyway. */
export function withArms(positions: readonly number[], usual: readonly number[]): string | null {
  const next = ordered(positions);
  return next === "" || next === ordered(usual) ? null : next;
}

/** The address' text with one arm shown or hidden; null where that is what charts show anyway. */
export function withArm(text: string | null, arms: number, position: number, usual: readonly number[] = firstArms(arms)): string | null {
  const shown = shownArms(text, arms, usual);
  // A chart of no arm says nothing: hiding the last one shows the usual ones again.
  return withArms(shown.includes(position) ? shown.filter((other) => other !== position) : [...shown, position], usual);
}
