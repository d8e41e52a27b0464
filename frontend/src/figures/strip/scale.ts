import { clean, number } from "../../lib/words";

/** A scale from values to pixels, with the ticks that belong on its axis. */
export interface Scale {
  to: (value: number) => number;
  ticks: number[];
  low: number;
  high: number;
}

const STEPS = [1, 2, 2.5, 5, 10];

/** Return a step of 1, 2, 2.5 or 5 times a power of ten that gives about `wanted` ticks. */
function stepFor(range: number, wanted: number): number {
  const rough = range / Math.max(1, wanted);
  const power = 10 ** Math.floor(Math.log10(rough));
  return (STEPS.find((step) => step * power >= rough) ?? 10) * power;
}

/** Return a linear scale over finite values; equal ends get room on both sides. */
export function linear(values: readonly number[], from: number, to: number, wanted = 5): Scale {
  const finite = values.filter(Number.isFinite);
  let low = finite.length === 0 ? 0 : Math.min(...finite);
  let high = finite.length === 0 ? 1 : Math.max(...finite);
  if (low === high) {
    const room = Math.abs(low) / 10 || 1;
    [low, high] = [low - room, high + room];
  }
  const margin = high / 25 - low / 25;
  [low, high] = [low - margin, high + margin];
  const step = stepFor(high - low, wanted);
  const first = Math.ceil(low / step);
  const count = Math.max(0, Math.floor(high / step) - first + 1);
  const ticks = Array.from({ length: Math.min(count, 50) }, (_, at) => (first + at) * step);
  // Halved: the distance of two numbers may be too large for a number.
  const place = (value: number) => from + ((value / 2 - low / 2) / (high / 2 - low / 2)) * (to - from);
  return { to: place, ticks, low, high };
}

/** Return a logarithmic scale whose ticks are the given values. */
export function logarithmic(values: readonly number[], from: number, to: number): Scale {
  const positive = values.filter((value) => value > 0 && Number.isFinite(value));
  const scale = linear(positive.map(Math.log10), from, to);
  return { to: (value) => scale.to(Math.log10(value)), ticks: [...new Set(positive)], low: 10 ** scale.low, high: 10 ** scale.high };
}

/** Return the ticks that have room for their texts, each with its text: zero without the noise of its steps. */
export function labelled({ to, ticks }: Scale): { at: number; text: string }[] {
  const step = Math.abs((ticks[1] ?? 1) - (ticks[0] ?? 0));
  const text = (tick: number) => number(Math.abs(tick) < step / 1e6 ? 0 : clean(tick));
  return apart(ticks, to, (tick) => 10 + 7 * text(tick).length).map((tick) => ({ at: to(tick), text: text(tick) }));
}

/** Return the ticks, in order, whose texts do not touch: the first, and each that is far enough from the last one kept. */
export function apart(ticks: readonly number[], to: (value: number) => number, room: (value: number) => number): number[] {
  let end = Number.NEGATIVE_INFINITY;
  return ticks.filter((tick) => {
    const clear = to(tick) - room(tick) / 2 >= end;
    if (clear) end = to(tick) + room(tick) / 2;
    return clear;
  });
}

function spread(numbers: readonly number[]): number {
  return Math.max(...numbers) / Math.min(...numbers);
}

/** Return true if sorted values grow by factors rather than by steps: 8, 16, 32, 64. */
export function isGeometric(values: readonly number[]): boolean {
  const sorted = [...new Set(values)].toSorted((a, b) => a - b);
  if (sorted.length < 3 || (sorted[0] ?? 0) <= 0) return false;
  const pairs = sorted.slice(1).map((value, at) => [value, sorted[at] ?? value] as const);
  return spread(pairs.map(([a, b]) => a / b)) < spread(pairs.map(([a, b]) => a - b));
}
