/** One run's row in an event: id, state, attempt, epochs done, last stored step. */
export type Moved = [id: number, state: string, attempt: number, epoch: number, step: number];

/** What the service says has moved in a study since the event before. */
export interface StudyEvent {
  revision: number;
  counts: Record<string, number>;
  runs: Moved[];
  rate_per_s: number | null;
  left_s: number | null;
}

/** Where a study stands by its events: counts and pace of the latest, and every run they spoke of. */
export interface Live {
  revision: number;
  counts: Record<string, number> | null;
  ratePerS: number | null;
  leftS: number | null;
  moved: ReadonlyMap<number, Moved>;
  /** How often runs that had ended were changed otherwise: excluded, included again, tagged. */
  edits: number;
}

export const UNHEARD: Live = { revision: -1, counts: null, ratePerS: null, leftS: null, moved: new Map(), edits: 0 };

const ENDED = new Set(["finished", "failed", "cancelled"]);

/** Whether a run in this state trains no more. */
export function hasEnded(state: string): boolean {
  return ENDED.has(state);
}

/** Whether an event has a run that had ended before, and ended as it says. */
function isEdit(before: Moved | undefined, after: Moved): boolean {
  return before !== undefined && hasEnded(after[1]) && before.every((part, at) => part === after[at]);
}

function newer(before: Moved | undefined, after: Moved): boolean {
  // An attempt that was lost may still report after the next one began.
  return before === undefined || after[2] >= before[2];
}

/** The state after an event; an event from before the latest changes nothing. */
export function merge(live: Live, event: StudyEvent): Live {
  if (event.revision < live.revision) return live;
  const moved = new Map(live.moved);
  for (const run of event.runs) if (newer(moved.get(run[0]), run)) moved.set(run[0], run);
  return {
    revision: event.revision,
    counts: event.counts,
    ratePerS: event.rate_per_s,
    leftS: event.left_s,
    moved,
    edits: live.edits + event.runs.filter((run) => isEdit(live.moved.get(run[0]), run)).length,
  };
}

/** An event's text as an event, or null where it isn't one. */
export function parseEvent(text: string): StudyEvent | null {
  try {
    const event = JSON.parse(text) as Partial<StudyEvent>;
    if (typeof event.revision !== "number" || !Array.isArray(event.runs)) return null;
    return {
      revision: event.revision,
      counts: event.counts ?? {},
      runs: event.runs,
      rate_per_s: event.rate_per_s ?? null,
      left_s: event.left_s ?? null,
    };
  } catch {
    return null;
  }
}

/** Whether two counts of runs by state are not the same; a state without runs need not be named. */
export function differ(one: Record<string, number>, other: Record<string, number>): boolean {
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].some(
    (state) => (one[state] ?? 0) !== (other[state] ?? 0),
  );
}

/** Whether any run has still to end. */
export function goingOn(counts: Record<string, number>): boolean {
  return (counts["queued"] ?? 0) + (counts["running"] ?? 0) > 0;
}
