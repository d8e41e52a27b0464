/**
 * Numbers, counts, durations, p-values, intervals and names as text.
 *
 * The twin of the service's `words.py`: both are held to `tests/goldens/words.json`. One rounding everywhere: two
 * significant digits of the CI's width. An estimate and both ends of its CI have the same decimals and the same notation,
 * and no end is rounded onto or across 0 or another value that a verdict depends on.
 */

/** A number as the service writes it: JSON has no NaN and no infinities, so those travel as text. */
export type Num = number | "NaN" | "Infinity" | "-Infinity";

export const NOTHING = "–";
const MINUS = "−";
const ELLIPSIS = "…";
const MOST_DECIMALS = 12;
const LARGEST_PLAIN = 1e15;
const SMALLEST_PLAIN = 1e-4;
const DIGITS = 4;
const MORE = 2; // decimals added where an end of a CI would otherwise reach or cross a mark
const SAME = 1e-9; // of the CI's width: ends this close to a mark other than 0 are on it

type Missing = null | undefined;

interface Signed {
  signed?: boolean;
}

/** `marks`: values besides 0 that a verdict compares the ends with, such as a margin. */
interface Marked extends Signed {
  marks?: readonly number[];
}

/** Lower and upper end of a CI. */
export type Ends = readonly [number, number];

/** Return the float that a wire number stands for; null and undefined become NaN. */
export function toFloat(value: Num | string | Missing): number {
  return value === null || value === undefined ? Number.NaN : Number(value);
}

function special(value: number, signed = false): string | null {
  if (Number.isNaN(value)) return "NaN";
  if (Number.isFinite(value)) return null;
  return `${value < 0 ? MINUS : signed ? "+" : ""}∞`;
}

/** The power of ten of the first significant digit, free of log10's rounding. */
function exponentOf(value: number): number {
  return Number(Math.abs(value).toExponential(15).split("e")[1]);
}

/** Round a magnitude to this many decimals (negative: tens, hundreds), exact ties up. */
function halfUp(value: number, decimals: number): number {
  if (decimals > 100 && value !== 0) {
    // toFixed ends at 100 decimals.
    const left = exponentOf(value) + decimals;
    if (left >= 0) return Number(value.toExponential(Math.min(left, 100)));
    return left === -1 && Number(value.toExponential(0)[0]) >= 5 ? Number(`1e-${decimals}`) : 0;
  }
  if (decimals >= 0) return value >= 1e21 ? value : Number(value.toFixed(Math.min(decimals, 100)));
  const digits = exponentOf(value) + 1 + decimals;
  const step = 10 ** -decimals;
  return digits >= 1 ? Number(value.toPrecision(Math.min(digits, 100))) : value >= step / 2 ? step : 0;
}

function scientific(magnitude: number, decimals: number): string {
  const digits = Math.min(Math.max(decimals + exponentOf(magnitude), 0), 15);
  return magnitude.toExponential(digits).replace("e+", "e").replace("e-", `e${MINUS}`);
}

function grouped(text: string): string {
  const [whole = "", rest] = text.split(".");
  const apart = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return rest === undefined ? apart : `${apart}.${rest}`;
}

/** `0.943`: fixed decimals (negative: rounded to tens, hundreds, …) with a real minus sign. */
export function fixed(value: number, decimals: number, { signed = false }: Signed = {}): string {
  const unusual = special(value, signed);
  if (unusual !== null) return unusual;
  const magnitude = halfUp(Math.abs(value), decimals);
  const sign = magnitude === 0 ? "" : value < 0 ? MINUS : signed ? "+" : "";
  if (magnitude !== 0 && (magnitude < SMALLEST_PLAIN || magnitude >= LARGEST_PLAIN || decimals > MOST_DECIMALS)) {
    return sign + scientific(magnitude, decimals);
  }
  // The value itself, not the rounded one: its own digits decide.
  const shown = decimals > 0 ? Math.abs(value).toFixed(decimals) : magnitude.toFixed(0);
  return sign + grouped(shown);
}

/** Four significant digits, for one number that stands alone: `0.9132`, `12,346`. */
export function number(wire: Num | Missing): string {
  if (wire === null || wire === undefined) return NOTHING;
  const value = toFloat(wire);
  const unusual = special(value);
  if (unusual !== null) return unusual;
  if (value === 0) return "0";
  const decimals = DIGITS - 1 - exponentOf(value);
  const text = fixed(value, Math.abs(value) >= LARGEST_PLAIN ? decimals : Math.max(decimals, 0));
  const [mantissa = "", power] = text.split("e");
  const stripped = mantissa.includes(".") ? mantissa.replace(/\.?0+$/, "") : mantissa;
  return power === undefined ? stripped : `${stripped}e${power}`;
}

/** Return the decimals that show two significant digits of a CI's width; null where there is no such interval. */
export function decimalsFor(halfWidth: number | Missing): number | null {
  if (halfWidth === null || halfWidth === undefined || !Number.isFinite(halfWidth) || halfWidth <= 0) return null;
  const width = Math.min(2 * halfWidth, Number.MAX_VALUE);
  return 1 - Number(width.toExponential(1).split("e")[1]);
}

/** Decimals and power of ten that the numbers of one CI share; without a power (null) it is written plainly. */
interface Notation {
  decimals: number;
  power: number | null;
}

function notationOf(decimals: number, largest: number): Notation {
  const magnitude = halfUp(largest, decimals);
  const plain = (magnitude >= SMALLEST_PLAIN && magnitude < LARGEST_PLAIN) || magnitude === 0;
  return { decimals, power: plain ? null : exponentOf(magnitude) };
}

function written(value: number, { decimals, power }: Notation, signed = false): string {
  const unusual = special(value, signed);
  if (unusual !== null) return unusual;
  const magnitude = halfUp(Math.abs(value), decimals);
  const sign = magnitude === 0 ? "" : value < 0 ? MINUS : signed ? "+" : "";
  if (power === null) {
    // The value itself, not the rounded one: its own digits decide.
    return sign + grouped(decimals > 0 ? Math.abs(value).toFixed(decimals) : magnitude.toFixed(0));
  }
  const [mantissa, exponent = "0"] = String(magnitude).split("e");
  const digits = Number(`${mantissa}e${Number(exponent) - power}`).toFixed(Math.min(Math.max(decimals + power, 0), 100));
  return magnitude === 0 ? digits : `${sign}${digits}e${String(power).replace("-", MINUS)}`;
}

/** Return, for an end, the marks that it is not on; 0 comes last. */
function tolerant([low, high]: Ends, marks: readonly number[]): (end: number) => number[] {
  const near = SAME * (high - low);
  return (end) => [...marks.filter((mark) => mark !== 0 && Math.abs(end - mark) > near), ...(end === 0 ? [] : [0])];
}

function roundsBeside(end: number, decimals: number, mark: number): boolean {
  const shown = Math.sign(end) * halfUp(Math.abs(end), decimals);
  return end < mark ? shown < mark : shown > mark;
}

/** The end, or the last decimal beside a mark that it would be rounded onto or across. */
function beside(end: number, decimals: number, marks: (end: number) => number[]): number {
  let shown = end;
  for (const mark of marks(end)) {
    if (roundsBeside(shown, decimals, mark)) continue;
    const steps = clean(mark * 10 ** decimals);
    shown = (shown < mark ? Math.ceil(steps) - 1 : Math.floor(steps) + 1) / 10 ** decimals;
  }
  return shown;
}

function notationFor(ends: Ends, marks: readonly number[]): Notation | null {
  const [low, high] = ends;
  let decimals = decimalsFor(high / 2 - low / 2);
  if (decimals === null) return null;
  const every = tolerant(ends, marks);
  const rounds = (end: number, at: number) => every(end).every((mark) => roundsBeside(end, at, mark));
  for (let more = 0; more < MORE; more += 1) {
    if (rounds(low, decimals) && rounds(high, decimals)) break;
    decimals += 1;
  }
  return notationOf(decimals, Math.max(Math.abs(low), Math.abs(high)));
}

/** Return an estimate as its CI is written by `span`, or to four significant digits without a CI. */
export function rounded(wire: Num | Missing, ends: Ends | Missing, { signed = false, marks = [] }: Marked = {}): string {
  if (wire === null || wire === undefined) return NOTHING;
  const value = toFloat(wire);
  const notation = ends === null || ends === undefined ? null : notationFor(ends, marks);
  if (notation !== null) return written(value, notation, signed);
  return signed && value > 0 ? `+${number(value)}` : number(value);
}

/** `0.9432 ± 0.0042`, where ± is the half-width of the CI; the mean alone without a CI. */
export function mean(wire: Num | Missing, halfWidth?: number | null): string {
  const decimals = decimalsFor(halfWidth);
  if (wire === null || wire === undefined || decimals === null || halfWidth === null || halfWidth === undefined) return number(wire);
  const value = toFloat(wire);
  if (!Number.isFinite(value)) return number(wire);
  const notation = notationOf(decimals, Math.max(Math.abs(value), halfWidth));
  return `${written(value, notation)} ± ${written(halfWidth, notation)}`;
}

/**
 * `1.41 to 2.27`, with two significant digits of the width.
 *
 * An end that lies beside 0 or a mark is shown beside it: both ends get up to two more decimals, and if that is not
 * enough, the last decimal shows the side.
 */
export function span(low: number, high: number, { signed = false, marks = [] }: Marked = {}): string {
  const notation = notationFor([low, high], marks);
  if (notation === null) return [low, high].map((value) => rounded(value as Num, null, { signed })).join(" to ");
  const every = tolerant([low, high], marks);
  return [low, high].map((end) => written(beside(end, notation.decimals, every), notation, signed)).join(" to ");
}

/** `95% CI 1.4 to 2.7`. */
export function interval(low: number, high: number, atLevel: number, options: Marked = {}): string {
  return `${level(atLevel)} CI ${span(low, high, options)}`;
}

/** Return what a difference is multiplied by to be shown: 100 for shares, which are shown in points. */
export function differenceScale(unit: string): number {
  return unit === "share" ? 100 : 1;
}

/** Return the unit of a difference: `points` for shares and percentages, else the metric's own. */
export function differenceUnit(unit: string): string {
  return unit === "share" || unit === "%" ? "points" : unit;
}

/** `1 point`, `2.1 points`, `3%`, `0.02`. */
export function withUnit(text: string, unit: string): string {
  const shown = unit === "points" && text.replace(/^[+−]+/, "") === "1" ? "point" : unit;
  return shown === "%" ? `${text}%` : `${text} ${shown}`.trimEnd();
}

/** `+2.1 points`: a difference, its CI and the marks in the metric's units, rounded by its CI. */
export function difference(wire: Num | Missing, ends: Ends | Missing, unit: string, { signed = true, marks = [] }: Marked = {}): string {
  if (wire === null || wire === undefined) return NOTHING;
  const scale = differenceScale(unit);
  const scaled: Ends | null = ends === null || ends === undefined ? null : [ends[0] * scale, ends[1] * scale];
  const text = rounded((toFloat(wire) * scale) as Num, scaled, { signed, marks: marks.map((mark) => mark * scale) });
  return withUnit(text, differenceUnit(unit));
}

/** A difference that somebody entered, with all its digits: `0.5 points`. */
export function entered(value: number, unit = ""): string {
  const text = special(value) ?? exact(clean(value * differenceScale(unit)) as Num);
  return withUnit(text, differenceUnit(unit));
}

/** Every digit as one would type it, with a real minus sign: what a hover shows. */
export function exact(wire: Num | Missing): string {
  if (wire === null || wire === undefined) return NOTHING;
  const value = toFloat(wire);
  const unusual = special(value);
  if (unusual !== null) return unusual;
  const magnitude = Math.abs(value);
  if (Number.isInteger(value) && magnitude < LARGEST_PLAIN) return (value < 0 ? MINUS : "") + grouped(String(magnitude));
  const text = magnitude !== 0 && magnitude < SMALLEST_PLAIN ? value.toExponential() : String(value);
  return text.replace("e+", "e").replaceAll("-", MINUS);
}

/** The value as a program reads it: what is copied. */
export function copied(value: Num | Missing): string {
  return value === null || value === undefined ? "no value" : String(value);
}

/** A standard deviation to two significant digits: `0.014`. */
export function sd(wire: Num | Missing): string {
  if (wire === null || wire === undefined) return NOTHING;
  const value = toFloat(wire);
  return special(value) ?? (value === 0 ? "0" : fixed(value, 1 - exponentOf(value)));
}

/** `p = 0.003` or `p < 0.001`. */
export function pValue(p: number | Missing): string {
  const text = pCell(p);
  return /^[<>]/.test(text) ? `p ${text.slice(0, 1)} ${text.slice(1)}` : `p = ${text}`;
}

const LEVELS = new Set([0.001, 0.005, 0.01, 0.05, 0.1]);
const FINEST_P = 9; // decimals; a p this close to a level is the level

function isLevel(p: number): boolean {
  return [...LEVELS].some((usual) => Math.abs(p - usual) < 10 ** -FINEST_P);
}

/** A p-value for a table's cell: `0.003`, `<0.001`; never rounded across a usual level. */
export function pCell(p: number | Missing): string {
  if (p === null || p === undefined || Number.isNaN(p)) return NOTHING;
  if (p < 0.001) return "<0.001";
  if (p === 1) return "1";
  if (p > 0.99) return ">0.99";
  let decimals = p >= 0.0995 ? 2 : 3;
  // A p that is counted, such as 2 of 20 orders, may miss its level by the last bit.
  while (decimals < FINEST_P && !isLevel(p) && LEVELS.has(halfUp(p, decimals))) decimals += 1;
  return fixed(p, decimals);
}

const ALL = [100]; // percent; no other share is shown as all

/** `43%`, `4.3%`, or rounded by its CI; 0% and 100% are said only of exactly none and all. */
export function percent(share: number | Missing, ends?: Ends | null): string {
  if (share === null || share === undefined || Number.isNaN(share)) return NOTHING;
  const notation = ends === null || ends === undefined ? null : notationFor([100 * ends[0], 100 * ends[1]], ALL);
  if (notation !== null) {
    const shown = beside(100 * share, notation.decimals, tolerant([0, 100], ALL));
    const beyond = shown === 100 * share ? "" : shown > 100 * share ? "<" : ">";
    return `${beyond}${written(shown, notation)}%`;
  }
  const scaled = 100 * share;
  if (scaled > 0 && scaled < 0.1) return "<0.1%";
  if (scaled > 99.9 && scaled < 100) return ">99.9%";
  const narrow = Math.abs(scaled) < 9.95 || (scaled > 99 && scaled < 100);
  return `${fixed(scaled, narrow && !Number.isInteger(scaled) ? 1 : 0).replace(/\.0$/, "")}%`;
}

/** A part of a whole: as `percent`, but `≥100%` for an estimate above the whole. */
export function part(share: number | Missing, ends?: Ends | null): string {
  const within: Ends | null = ends === null || ends === undefined || ends[0] > 1 ? null : [ends[0], Math.min(ends[1], 1)];
  return share !== null && share !== undefined && share > 1 ? "≥100%" : percent(share, within);
}

/** The range of a part of a whole, which ends at 100%. */
export function partSpan(low: number, high: number): string {
  return low > 1 ? part(low) : percentSpan(low, Math.min(high, 1));
}

/** `12% to 43%`, with two significant digits of the width. */
export function percentSpan(low: number, high: number): string {
  if (!(high > low)) return `${percent(low)} to ${percent(high)}`;
  return `${span(100 * low, 100 * high, { marks: ALL }).replace(" to ", "% to ")}%`;
}

const FINEST = 1e-6;

/** A confidence level: `95%`, `98.33%`, `99.999%`, never `100%`. */
export function level(share: number): string {
  const text = String(Number((100 * share).toPrecision(4)));
  if (text !== "100") return `${text}%`;
  const missing = Number((100 * (1 - share)).toFixed(9));
  if (missing < FINEST) return `over ${exact(100 - FINEST)}%`;
  const decimals = -Math.floor(Math.log10(missing));
  return `${(Math.floor(100 * share * 10 ** decimals + 1e-6) / 10 ** decimals).toFixed(decimals)}%`;
}

/** `1,204`, for counts. */
export function count(value: number): string {
  return (value < 0 ? MINUS : "") + grouped(String(Math.abs(value)));
}

function pluralOf(singular: string): string {
  if (/[^aeiou]y$/.test(singular)) return `${singular.slice(0, -1)}ies`;
  return /(?:s|x|ch|sh)$/.test(singular) ? `${singular}es` : `${singular}s`;
}

/** `1 run`, `12 runs`, `2 studies`. */
export function counted(value: number, singular: string, plural = pluralOf(singular)): string {
  return `${count(value)} ${value === 1 ? singular : plural}`;
}

/** The seeds behind a comparison: `24 paired seeds`, `20 seeds per arm`, `18 and 20 seeds`. */
export function seedsUsed(a: number, b: number, { paired }: { paired: boolean }): string {
  if (paired) return counted(Math.min(a, b), "paired seed");
  return a === b ? `${counted(a, "seed")} per arm` : `${count(b)} and ${counted(a, "seed")}`;
}

/** `a`, `a and b`, `a, b and c`, or `a, b, c and 4 more`. */
export function listing(items: readonly string[], most = 12, { join = "and" }: { join?: string } = {}): string {
  if (items.length > most) return `${items.slice(0, most).join(", ")} ${join} ${count(items.length - most)} more`;
  if (items.length < 2) return items.join("");
  return `${items.slice(0, -1).join(", ")} ${join} ${items.at(-1) ?? ""}`;
}

/** Whole numbers with stretches drawn together: `0–19, 25`. */
export function stretches(values: readonly number[], most = 12): string {
  const parts: [number, number][] = [];
  for (const value of [...new Set(values)].toSorted((a, b) => a - b)) {
    const last = parts.at(-1);
    if (last !== undefined && value === last[1] + 1) last[1] = value;
    else parts.push([value, value]);
  }
  const texts = parts.map(([first, last]) => (first === last ? String(first) : `${first}–${last}`));
  const more = texts.length > most ? ` and ${count(texts.length - most)} more ranges` : "";
  return texts.slice(0, most).join(", ") + more;
}

function twoUnits(value: number, per: number, large: string, small: string): string {
  const rest = value % per;
  const whole = Math.floor(value / per);
  return rest === 0 ? `${whole} ${large}` : `${whole} ${large} ${rest} ${small}`;
}

function wholeOf(value: number): number {
  return halfUp(value, 0);
}

/** `340 ms`, `2.4 s`, `45 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`. */
export function duration(seconds: number | Missing): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds) || seconds < 0) return NOTHING;
  if (seconds === 0) return "0 s";
  if (seconds < 0.9995) return `${wholeOf(seconds * 1000) || "<1"} ms`;
  if (seconds < 9.95) return `${fixed(seconds, 1)} s`;
  if (wholeOf(seconds) < 60) return `${wholeOf(seconds)} s`;
  if (wholeOf(seconds) < 3600) return twoUnits(wholeOf(seconds), 60, "min", "s");
  const minutes = wholeOf(seconds / 60);
  return minutes < 1440 ? twoUnits(minutes, 60, "h", "min") : twoUnits(wholeOf(seconds / 3600), 24, "d", "h");
}

/** An estimated duration, a second or more, in steps that show how rough it is: `about 5 s`, `about 3 min`. */
export function about(seconds: number): string {
  if (seconds < 59.5) {
    const whole = Math.max(1, wholeOf(seconds));
    return `about ${whole < 10 ? whole : 5 * wholeOf(whole / 5)} s`;
  }
  return seconds < 3570 ? `about ${wholeOf(seconds / 60)} min` : `about ${duration(600 * wholeOf(seconds / 600))}`;
}

/** `3.1 runs/s`, or per minute or hour where that reads better. */
export function rate(perSecond: number | Missing): string {
  if (perSecond === null || perSecond === undefined || !Number.isFinite(perSecond) || perSecond <= 0) return NOTHING;
  if (perSecond >= 1) return `${fixed(perSecond, 1)} runs/s`;
  if (perSecond * 60 >= 1) return `${fixed(perSecond * 60, 1)} runs/min`;
  return `${fixed(perSecond * 3600, 1)} runs/h`;
}

/** A size in powers of 1,000: `512 B`, `1.5 kB`, `12 MB`. */
export function size(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let scaled = bytes;
  while (scaled >= 999.5 && units.length > 1) {
    scaled /= 1000;
    units.shift();
  }
  return `${fixed(scaled, units[0] !== "B" && scaled < 9.95 ? 1 : 0)} ${units[0]}`;
}

const ENCLOSED = /[,;:!?()[\]{}<>=*`"'“”−–—/|\\&%]|(?<!\d)\.|\.(?!\d)|^[-+]|\s{2,}|^\s|\s$|^$|^\d+(e\d+)?$|^\d[\d.]*\d$/u;
const TURNING = /[\u202A-\u202E\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;
const WORDS = new Set("and or is beats by than minus to each per arm arms seeds".split(" "));

/** A user's name on one line, without stray isolates; control characters become spaces. */
function visible(text: string): string {
  const lines = text.replace(/[\u2066-\u2069]/g, "").replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, "\n");
  return lines.split("\n").filter((line) => line !== "").join(" ");
}

/** A user's name as it stands in a sentence: quoted or isolated where it could be taken for the sentence's own text. */
export function name(text: string): string {
  const plain = visible(text);
  const quoted = ENCLOSED.test(plain) || WORDS.has(plain.toLowerCase()) ? `“${plain}”` : plain;
  return TURNING.test(plain) ? `\u2068${quoted}\u2069` : quoted;
}

/** A user's name as it stands alone, in a cell or a title: one line that cannot turn the text around it. */
export function label(text: string): string {
  const plain = visible(text);
  return TURNING.test(plain) ? `\u2068${plain}\u2069` : plain;
}

/** The text cut to this many characters, an ellipsis in its middle: ends tell arms apart as starts do. */
export function short(text: string, longest: number): string {
  const characters = Array.from(text);
  if (characters.length <= longest) return text;
  const tail = Math.floor((longest - 1) / 3);
  const start = characters.slice(0, longest - 1 - tail).join("");
  return start + ELLIPSIS + (tail > 0 ? characters.slice(-tail).join("") : "");
}

/** The text with a capital first letter and a full stop. */
export function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;
}

/** How long ago, in one unit: `just now`, `4 min ago`, `yesterday`, `12 days ago`. */
export function ago(then: string | Date, now: Date = new Date()): string {
  const seconds = (now.getTime() - new Date(then).getTime()) / 1000;
  if (!Number.isFinite(seconds)) return NOTHING;
  if (seconds < 10) return "just now";
  if (seconds < 60) return `${Math.floor(seconds)} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  const days = Math.floor(seconds / 86_400);
  if (days === 1) return "yesterday";
  return days < 60 ? `${days} days ago` : `${Math.floor(days / 30)} months ago`;
}

/** A time to the second in the reader's zone, and in UTC: what a hover shows. */
export function moment(then: string | Date): string {
  const date = new Date(then);
  if (Number.isNaN(date.getTime())) return String(then);
  return `${date.toLocaleString()} (${date.toISOString().replace("T", " ").slice(0, 19)} UTC)`;
}

/** A sentence whose numbers stay on one line with their points, and p-values in one piece. */
export function unbroken(text: string): string {
  return text.replaceAll(/(?<=\d) (?=points?\b)/g, "\u00a0").replaceAll(/\bp ([<=]) (?=\d)/g, "p\u00a0$1\u00a0");
}

/** A coordinate of a drawn shape. */
export function coordinate(value: number): string {
  return value.toFixed(2);
}

/** A number without the noise of binary fractions: 12 significant digits. */
export function clean(value: number): number {
  return Number(value.toPrecision(12));
}

/** A number rounded to some significant digits. */
export function significant(value: number, digits: number): number {
  return Number(value.toPrecision(digits));
}
