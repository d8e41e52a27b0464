import { coordinate } from "../../lib/words";

/** How a run stands, as it is shown: the five states, and `diverged` for one that finished with non-finite metrics. */
export type ShownState = "queued" | "running" | "finished" | "failed" | "cancelled" | "diverged";

export const STATE_WORDS: Record<ShownState, string> = {
  queued: "queued",
  running: "running",
  finished: "finished",
  failed: "failed",
  cancelled: "cancelled",
  diverged: "diverged",
};

export function shownState(state: string, diverged = false): ShownState {
  if (diverged && state === "finished") return "diverged";
  return state in STATE_WORDS ? (state as ShownState) : "queued";
}

/** The path of a pie slice of `share` of a circle of radius 6 about (8, 8), from the top. */
function slice(share: number): string {
  const angle = Math.min(0.999, Math.max(0, share)) * 2 * Math.PI;
  const x = 8 + 6 * Math.sin(angle);
  const y = 8 - 6 * Math.cos(angle);
  return `M8 8 L8 2 A6 6 0 ${angle > Math.PI ? 1 : 0} 1 ${coordinate(x)} ${coordinate(y)} Z`;
}

function Shape({ state, share }: { state: ShownState; share: number }) {
  switch (state) {
    case "queued":
      return <circle cx="8" cy="8" r="5.5" className="state-line" />;
    case "running":
      return (
        <>
          <circle cx="8" cy="8" r="6" className="state-line" />
          <path d={slice(share)} className="state-fill" />
        </>
      );
    case "finished":
      return <circle cx="8" cy="8" r="6" className="state-fill" />;
    case "failed":
      return <path d="M3 3 L13 13 M13 3 L3 13" className="state-cross" />;
    case "cancelled":
      return <path d="M3 8 H13" className="state-cross" />;
    case "diverged":
      return <path d="M8 2 L14.5 14 H1.5 Z" className="state-fill" />;
  }
}

interface Props {
  state: ShownState;
  /** Epochs done of all, 0 to 1: how much of a running mark is filled. */
  share?: number;
  /** Whether the word stands beside the shape; otherwise only its name is spoken. */
  word?: boolean;
}

/** A state as a shape: ○ queued, ◐ running (filled as far as it got), ● finished, ✕ failed, – cancelled, ▲ diverged. */
export function StateMark({ state, share = 0.5, word = false }: Props) {
  return (
    <span className={`state state-${state}`}>
      <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden={word} role={word ? undefined : "img"}>
        {word ? null : <title>{STATE_WORDS[state]}</title>}
        <Shape state={state} share={share} />
      </svg>
      {word ? <span>{STATE_WORDS[state]}</span> : null}
    </span>
  );
}
