/** `340 ms`, `2.4 s`, `1 m 12 s`, `2 h 05 m`, `3 d 4 h`. */
export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return "–";
  if (seconds < 0.9995) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} m ${String(whole % 60).padStart(2, "0")} s`;
  const minutes = Math.round(whole / 60);
  if (minutes < 1440) return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} m`;
  const hours = Math.round(minutes / 60);
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** How long ago, in one unit: `just now`, `4 min ago`, `yesterday`, `12 days ago`. */
export function ago(then: string | Date, now: Date = new Date()): string {
  const seconds = (now.getTime() - new Date(then).getTime()) / 1000;
  if (!Number.isFinite(seconds)) return "–";
  if (seconds < 10) return "just now";
  if (seconds < 60) return `${Math.floor(seconds)} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  const days = Math.floor(seconds / 86_400);
  if (days === 1) return "yesterday";
  return days < 60 ? `${days} days ago` : `${Math.floor(days / 30)} months ago`;
}

/** The moment to the second in the reader's zone, and in UTC: what a hover shows. */
export function moment(then: string | Date): string {
  const date = new Date(then);
  if (Number.isNaN(date.getTime())) return String(then);
  return `${date.toLocaleString()} (${date.toISOString().replace("T", " ").slice(0, 19)} UTC)`;
}

/** `3.1 runs/s`, or per minute or hour where that reads better. */
export function rate(perSecond: number): string {
  if (!Number.isFinite(perSecond) || perSecond <= 0) return "–";
  if (perSecond >= 1) return `${perSecond.toFixed(1)} runs/s`;
  if (perSecond * 60 >= 1) return `${(perSecond * 60).toFixed(1)} runs/min`;
  return `${(perSecond * 3600).toFixed(1)} runs/h`;
}
