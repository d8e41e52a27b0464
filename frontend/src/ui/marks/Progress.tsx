import { about, count, counted, rate } from "../../lib/words";
import { type ShownState, shownState, StateMark } from "./StateMark";

const ORDER: readonly ShownState[] = ["finished", "failed", "cancelled", "running", "queued"];

/** How many runs stand where, as one bar; running ones count as half. */
export function ProgressBar({ counts }: { counts: Record<string, number> }) {
  const total = Object.values(counts).reduce((sum, number) => sum + number, 0);
  const ended = (counts["finished"] ?? 0) + (counts["failed"] ?? 0) + (counts["cancelled"] ?? 0);
  return (
    <span
      className="progress"
      role="progressbar"
      aria-label="Runs ended"
      aria-valuemin={0}
      aria-valuemax={total}
      aria-valuenow={ended}
    >
      {ORDER.map((state, at) => {
        const share = (counts[state] ?? 0) / Math.max(1, total);
        const before = ORDER.slice(0, at).reduce((sum, other) => sum + (counts[other] ?? 0), 0) / Math.max(1, total);
        // Moved and stretched rather than laid out: a bar that grows shifts nothing.
        const transform = `translateX(${100 * before}%) scaleX(${share})`;
        return share === 0 ? null : <span key={state} className={`progress-${state}`} style={{ transform }} />;
      })}
    </span>
  );
}

/** The states that occur, each with its number. */
export function StateCounts({ counts }: { counts: Record<string, number> }) {
  return (
    <span className="state-counts">
      {ORDER.filter((state) => (counts[state] ?? 0) > 0).map((state) => (
        <span key={state} title={state}>
          <StateMark state={shownState(state)} /> {count(counts[state] ?? 0)}
        </span>
      ))}
    </span>
  );
}

interface Props {
  counts: Record<string, number>;
  ratePerS: number | null;
  leftS: number | null;
}

/** `42 of 60 runs · 3.1 runs/s · about 6 s left`, with the bar. */
export function Progress({ counts, ratePerS, leftS }: Props) {
  const total = Object.values(counts).reduce((sum, number) => sum + number, 0);
  const open = (counts["running"] ?? 0) + (counts["queued"] ?? 0);
  const told = [open === 0 ? counted(total, "run") : `${count(total - open)} of ${counted(total, "run")}`];
  if (open > 0 && ratePerS !== null && ratePerS > 0) told.push(rate(ratePerS));
  if (open > 0 && leftS !== null) told.push(`${about(leftS)} left`);
  const failed = counts["failed"] ?? 0;
  if (failed > 0) told.push(`${count(failed)} failed`);
  return (
    <div className="progress-line">
      <span>{told.join(" · ")}</span>
      <ProgressBar counts={counts} />
    </div>
  );
}
