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
