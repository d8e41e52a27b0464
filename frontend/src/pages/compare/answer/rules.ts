import { valueUsed } from "../../../lib/values";
import type { NamedArm } from "../../../arms/named";
import { listing, name, entered } from "../../../lib/words";

function ruleOf({ of }: NamedArm): string {
  const smallest = of.smallest_difference === null ? "no smallest difference that matters" : `smallest difference that matters ${entered(of.smallest_difference, of.unit)}`;
  return `${of.metric}, ${valueUsed(of.summary)}, ${smallest}`;
}

/** Return which decision rule is in force where arms come from studies with different ones; null where they agree. */
export function ruleNote(arms: readonly NamedArm[]): string | null {
  const rules = new Map(arms.map((arm) => [arm.of.id, { rule: ruleOf(arm), of: arm.of }] as const));
  const [first, ...others] = [...rules.values()];
  const different = others.filter(({ rule }) => rule !== first?.rule);
  if (first === undefined || different.length === 0) return null;
  const other = listing(different.map(({ rule, of }) => `${name(of.name)} has ${rule}`), 3);
  return `The decision rule is that of the baseline's study ${name(first.of.name)}: ${first.rule}. ${other}. Set another baseline to use its rule.`;
}

/** Return that a paired difference rests on fewer seeds than the means beside it; null where it does not. */
export function seedsNote(n: number, a: number, b: number, paired: boolean): string | null {
  if (!paired || (a === n && b === n)) return null;
  return `Means use ${a} and ${b} seeds, the difference only the ${n} that both arms have.`;
}
