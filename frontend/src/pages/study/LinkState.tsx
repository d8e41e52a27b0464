import type { Link } from "../../live/useStudyEvents";

const TOLD: Record<Link, string> = {
  connecting: "connecting…",
  live: "live",
  away: "offline, reconnecting…",
  gone: "deleted",
};

/** Whether the page hears from the service. */
export function LinkState({ link, running }: { link: Link; running: boolean }) {
  // Nothing to tell of while nothing happens: the full dot says it.
  const quiet = link === "live" && !running;
  const told = quiet ? "up to date" : TOLD[link];
  return (
    <span className={`link-state link-${link}`} role="status" title={told}>
      <span aria-hidden="true" className="dot" /> <span className={quiet ? "visually-hidden" : undefined}>{told}</span>
    </span>
  );
}
