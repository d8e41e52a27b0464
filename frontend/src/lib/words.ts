/** A number as the service writes it: JSON has no NaN and no infinities, so those travel as text. */
export type Num = number | "NaN" | "Infinity" | "-Infinity";

const MISSING = "–";
const MINUS = "−";

/** The float a wire number stands for; null and undefined become NaN. */
export function toFloat(value: Num | string | null | undefined): number {
  return value === null || value === undefined ? Number.NaN : Number(value);
}

function special(value: number): string | null {
  if (Number.isNaN(value)) return "NaN";
  if (value === Infinity) return "∞";
  return value === -Infinity ? `${MINUS}∞` : null;
}

const withMinus = (text: string) => text.replace("-", MINUS);

/** How many decimals an interval of this half-width supports: one significant digit of it, two where that is a 1. */
export function supportedDecimals(halfWidth: number): number {
  if (!Number.isFinite(halfWidth) || halfWidth <= 0) return 4;
  const exponent = Math.floor(Math.log10(halfWidth));
  const leading = Math.floor(halfWidth / 10 ** exponent + 1e-9);
  return Math.min(12, Math.max(0, -exponent + (leading === 1 ? 1 : 0)));
}

/** `0.943`: fixed decimals with a real minus sign. */
export function fixed(value: number, decimals: number): string {
  return special(value) ?? withMinus(value.toFixed(decimals));
}

/** `0.943 ± 0.004`, both rounded to what the half-width supports. */
export function withSpread(value: number, halfWidth: number): string {
  const decimals = supportedDecimals(halfWidth);
  return Number.isFinite(halfWidth)
    ? `${fixed(value, decimals)} ± ${fixed(halfWidth, decimals)}`
    : `${short(value)} (no interval)`;
}

/** Four significant digits, for one number that stands alone. */
export function short(value: Num | null | undefined): string {
  if (value === null || value === undefined) return MISSING;
  const float = toFloat(value);
  const named = special(float);
  if (named !== null) return named;
  if (float === 0) return "0";
  const size = Math.abs(float);
  if (Number.isInteger(float) && size < 1e6) return withMinus(String(float));
  if (size < 1e-3 || size >= 1e6) return withMinus(float.toExponential(2));
  return withMinus(size < 1 ? float.toFixed(4) : float.toPrecision(4));
}

/** Every digit, as it would be written in code: what is copied and shown on hover. */
export function exact(value: Num | null | undefined): string {
  if (value === null || value === undefined) return "no value";
  return String(value);
}

/** A number somebody stated: as many digits as it was given, whatever binary made of them. */
export function stated(value: number, unit: string): string {
  const scaled = Number((unit === "share" ? value * 100 : value).toPrecision(12));
  return `${withMinus(String(scaled))}${unit === "share" ? (scaled === 1 ? " point" : " points") : unit ? ` ${unit}` : ""}`;
}

/** `+0.9 points`, for shares; else the difference in the metric's unit, with its sign. */
export function difference(value: number, unit: string, decimals?: number): string {
  const scaled = unit === "share" ? value * 100 : value;
  const shown = special(scaled) ?? (decimals === undefined ? short(scaled) : fixed(scaled, decimals));
  const sign = scaled > 0 ? "+" : "";
  return `${sign}${shown}${unit === "share" ? " points" : unit ? ` ${unit}` : ""}`;
}

/** `1,204`, for counts. */
export function count(value: number): string {
  return value.toLocaleString("en-US");
}

/** `1 run`, `12 runs`. */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** `43 %`. */
export function percent(share: number): string {
  if (!Number.isFinite(share)) return MISSING;
  const scaled = share * 100;
  return `${withMinus(Math.abs(scaled) < 10 && scaled % 1 !== 0 ? scaled.toFixed(1) : scaled.toFixed(0))} %`;
}

const FINEST = 1e-6;

/** A level below 1 as the service tells it: `95 %`, `98.33 %`, `99.999 %`, never `100 %`. */
export function level(share: number): string {
  const told = String(Number((100 * share).toPrecision(4)));
  if (told !== "100") return `${told} %`;
  const missing = Number((100 * (1 - share)).toFixed(9));
  if (missing < FINEST) return `over ${100 - FINEST} %`;
  const decimals = -Math.floor(Math.log10(missing));
  return `${(Math.floor(100 * share * 10 ** decimals + 1e-6) / 10 ** decimals).toFixed(decimals)} %`;
}

/** `12.4 MB`, in powers of 1,000. */
export function bytes(size: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const place = size < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(size) / 3));
  const scaled = size / 1000 ** place;
  return `${place === 0 ? scaled : scaled.toFixed(scaled < 10 ? 1 : 0)} ${units[place]}`;
}

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

/** A coordinate of a drawn shape: two decimals, as a number. */
export function coordinate(value: number): string {
  return value.toFixed(2);
}

/** A number without the noise of binary fractions: 12 significant digits. */
export function clean(value: number): number {
  return Number(value.toPrecision(12));
}

/** A number rounded to some significant digits. */
export function rounded(value: number, digits: number): number {
  return Number(value.toPrecision(digits));
}
