import type { Link } from "../../live/useStudyEvents";

const TOLD: Record<Link, string> = {
  connecting: "connecting…",
  live: "live",
  away: "offline, reconnecting…",
  gone: "deleted",
};

/** Whether the page hears from the service. */
export function LinkState({ link, running }: { link: Link; running: boolean }) {
  const told = link === "live" && !running ? "up to date" : TOLD[link];
  return (
    <span className={`link-state link-${link}`} role="status">
      <span aria-hidden="true" className="dot" /> {told}
    </span>
  );
}
