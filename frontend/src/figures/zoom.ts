/** The part of a chart that is shown: ends of its axes as plotly has them, powers of ten on a logarithmic one. */
export interface Zoom {
  x: readonly [number, number] | null;
  y: readonly [number, number] | null;
}

const SIGNIFICANT = 6;

/** A number short enough for an address and exact enough for a chart. */
function brief(value: number): string {
  // Not text for people: the shortest that reads back as nearly the same number.
  const size = value === 0 ? 0 : Math.floor(Math.log10(Math.abs(value)));
  const factor = 10 ** (SIGNIFICANT - 1 - size);
  return String(Number.isFinite(factor) && factor > 0 ? Math.round(value * factor) / factor : value);
}

const range = (ends: Zoom["x"]) => (ends === null ? "" : `${brief(ends[0])}~${brief(ends[1])}`);

function parsed(text: string | undefined): Zoom["x"] {
  const ends = (text ?? "").split("~").map(Number);
  const [low, high] = ends;
  return ends.length === 2 && low !== undefined && high !== undefined && Number.isFinite(low) && Number.isFinite(high) && low !== high ? [low, high] : null;
}

/** The zoom of each chart that an address names: `curves:1~5,0.2~0.9;distribution:,…`. */
export function readZooms(text: string | null): ReadonlyMap<string, Zoom> {
  const zooms = new Map<string, Zoom>();
  for (const part of (text ?? "").split(";")) {
    const at = part.lastIndexOf(":");
    const [x, y] = part.slice(at + 1).split(",");
    const zoom = { x: parsed(x), y: parsed(y) };
    if (at > 0 && (zoom.x !== null || zoom.y !== null)) zooms.set(part.slice(0, at), zoom);
  }
  return zooms;
}

/** The address' text with one chart's zoom changed; null shows all of it again. */
export function withZoom(text: string | null, chart: string, zoom: Zoom | null): string {
  const zooms = new Map(readZooms(text));
  if (zoom === null || (zoom.x === null && zoom.y === null)) zooms.delete(chart);
  else zooms.set(chart, zoom);
  return [...zooms].map(([name, { x, y }]) => `${name}:${range(x)},${range(y)}`).join(";");
}

/** What a person did to a chart's axes, out of plotly's event; undefined where it was something else. */
export function zoomOf(event: Record<string, unknown>, before: Zoom | null): Zoom | null | undefined {
  const along = (axis: "x" | "y"): Zoom["x"] | undefined => {
    if (event[`${axis}axis.autorange`] === true) return null;
    const ends = (event[`${axis}axis.range`] as unknown[] | undefined) ?? [event[`${axis}axis.range[0]`], event[`${axis}axis.range[1]`]];
    const [low, high] = ends.map(Number);
    return low !== undefined && high !== undefined && Number.isFinite(low) && Number.isFinite(high) ? [low, high] : undefined;
  };
  const [x, y] = [along("x"), along("y")];
  if (x === undefined && y === undefined) return undefined;
  const next = { x: x === undefined ? (before?.x ?? null) : x, y: y === undefined ? (before?.y ?? null) : y };
  return next.x === null && next.y === null ? null : next;
}
