import { summaryOf } from "../lib/values";
import type { Asked } from "../api/analysis";
import { type NamedArm, sharedMetrics } from "./named";

/** By which number arms are compared, and what has to be said about that. */
export interface Question {
  /** What the service is asked for; null: these arms cannot be compared by any metric. */
  asked: Partial<Asked> | null;
  note: string | null;
}

/** At most so many arms: beyond these, colours and markers would repeat. */
export const MOST_ARMS = 10;

function list(names: readonly string[]): string {
  return names.length === 0 ? "none yet" : names.join(", ");
}

/** The metric that was chosen where all have it, else the one that decides the first study, else the first they share. */
export function questionOf(arms: readonly NamedArm[], metric: string | null, summary: string | null): Question {
  const rest = summary === summaryOf(summary) ? { summary: summaryOf(summary) } : {};
  const shared = sharedMetrics(arms);
  const decides = arms[0]?.of.metric ?? "";
  const lacking = (name: string) => [...new Set(arms.filter(({ of }) => !of.metrics.includes(name)).map(({ of }) => of.name))];
  if (metric !== null && shared.includes(metric)) return { asked: { ...rest, metric }, note: null };
  const missed = metric === null ? null : `${metric} is not reported by ${list(lacking(metric))}`;
  // A study that has reported nothing yet may still come to share them.
  if (shared.includes(decides) || arms.some(({ of }) => of.metrics.length === 0)) {
    return { asked: rest, note: missed === null ? null : `${missed}: compared by ${decides} instead.` };
  }
  const [other] = shared;
  if (other !== undefined) {
    const why = missed ?? `${decides}, which decides ${arms[0]?.of.name ?? ""}, is not reported by ${list(lacking(decides))}`;
    return { asked: { ...rest, metric: other }, note: `${why}: compared by ${other} instead.` };
  }
  const told = [...new Map(arms.map(({ of }) => [of.id, `${of.name}: ${list(of.metrics)}`])).values()];
  return { asked: null, note: `No metric is reported by all of these studies. ${told.join("; ")}.` };
}
