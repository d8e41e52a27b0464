import type { DrawnAxis, PlotElement, PlotlyEvent } from "plotly.js-cartesian-dist-min";
import { type KeyboardEvent, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { light } from "../state/highlight";
import { shownPalette } from "../state/preferences";
import { useStore } from "../state/store";
import { useLatest } from "../state/useLatest";
import { Lit } from "./Lit";
import { marksOf, metaOf, type Places, placesOfRuns, runsOfPoint } from "../lib/places";
import { counted, number, type Num } from "../lib/words";
import { themed } from "../lib/roles";
import type { Figure } from "../lib/figure";
import { PaintedMarks } from "./painted/PaintedMarks";
import { type Axes, withoutMarks } from "./painted/painted";
import { useUnseen } from "./useUnseen";
import { type Zoom, zoomOf } from "./zoom";

type Plotly = typeof import("plotly.js-cartesian-dist-min");

let loaded: Plotly | null = null;

export async function loadPlotly(): Promise<Plotly> {
  loaded = await import("plotly.js-cartesian-dist-min");
  return loaded;
}

/** On a touch screen a swipe that begins on a chart scrolls the page. */
const COARSE = window.matchMedia("(pointer: coarse)");

const CONFIG = { displayModeBar: false, displaylogo: false, responsive: false, showTips: false };

/** The layout as drawn here: the page writes the title itself, and the zoom survives new data. */
export function pageLayout(figure: Figure, palette: Record<string, string>, zoom: Zoom | null = null, legend = true): Record<string, unknown> {
  const layout = themed(figure.layout, palette);
  const shown = (axis: "x" | "y") => (zoom?.[axis] ? { [`${axis}axis`]: { ...(layout[`${axis}axis`] as object), range: [...zoom[axis]], autorange: false } } : {});
  const hover = { namelength: -1, bgcolor: palette["ground"], bordercolor: palette["muted"], font: { color: palette["text"], size: 12 } };
  return {
    ...layout,
    title: undefined,
    margin: { l: 48, r: 12, t: layout["showlegend"] === false || !legend ? 8 : 32, b: 44 },
    ...(legend ? {} : { showlegend: false }),
    hoverlabel: hover,
    // Another zoom in the address, as after Back, takes the place of what was done by hand.
    uirevision: `${figure.name} ${JSON.stringify(zoom)}`,
    autosize: true,
    ...shown("x"),
    ...shown("y"),
    ...(COARSE.matches ? { dragmode: false } : {}),
  };
}

function axesOf(root: PlotElement): Axes {
  return (name) => {
    const key = name.replace(/^([xy])/, "$1axis");
    return root._fullLayout?.[key] as DrawnAxis | undefined;
  };
}

interface Props {
  figure: Figure;
  /** In px; null: as high as its surroundings let it. */
  height: number | null;
  pinned?: readonly number[];
  onRuns?: ((runs: number[], at: Place) => void) | undefined;
  /** An arm of the legend was pressed; without it, the legend does nothing. */
  onArm?: ((position: number) => void) | undefined;
  zoom?: Zoom | null;
  onZoom?: ((zoom: Zoom | null) => void) | undefined;
  /** False where the page names the arms beside the chart: a legend of many leaves no room for it. */
  legend?: boolean;
}

/** A place in the window. */
export interface Place {
  x: number;
  y: number;
}

function placeOf(event: PlotlyEvent, element: HTMLElement): Place {
  const { event: pressed } = event as { event?: MouseEvent };
  if (pressed !== undefined && Number.isFinite(pressed.clientX)) return { x: pressed.clientX, y: pressed.clientY };
  const box = element.getBoundingClientRect();
  return { x: box.left + box.width / 2, y: box.top + box.height / 2 };
}

/** Step through the runs of a figure with the arrow keys; Enter does what a click does. */
function useKeySteps(places: Places, onRuns: Props["onRuns"]) {
  const [at, setAt] = useState(-1);
  const { runs } = places;
  const run = runs[at];
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const move = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (move !== undefined && runs.length > 0) {
      const next = Math.max(0, Math.min(runs.length - 1, at + move));
      setAt(next);
      light(runs[next] ?? 0);
    } else if (event.key === "Enter" && run !== undefined) {
      const box = event.currentTarget.getBoundingClientRect();
      onRuns?.([run], { x: box.left + box.width / 2, y: box.top + box.height / 2 });
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const last = run === undefined ? undefined : places.of(run)[0]?.y.at(-1);
  const words = run === undefined ? "" : `Run ${run}, ${at + 1} of ${runs.length}: ${typeof last === "number" ? number(last as Num) : String(last ?? "")}`;
  return { onKeyDown, words };
}

/** Draw a figure in the page's theme; runs under the pointer and pinned ones are lit on top. */
export function Plot({ figure, height, pinned = [], onRuns, onArm, zoom = null, onZoom, legend = true }: Props) {
  const root = useRef<HTMLDivElement>(null);
  // A new object after every drawing, so that what lies on top follows the axes.
  const [axes, setAxes] = useState<Axes | null>(null);
  const palette = useStore(shownPalette);
  const places = useMemo(() => placesOfRuns(figure.data), [figure]);
  const { traces, painted } = useMemo(() => withoutMarks(figure.data), [figure]);
  useUnseen(root, useMemo(() => marksOf(traces), [traces]));
  const latest = useLatest({ figure, onRuns, onArm, zoom, onZoom });

  const listen = useCallback((element: PlotElement) => {
    const runsAt = (event: PlotlyEvent) => {
      const point = event.points?.[0];
      return runsOfPoint(latest.current.figure.data[point?.curveNumber ?? -1], point?.customdata);
    };
    for (const event of ["plotly_hover", "plotly_unhover", "plotly_click", "plotly_afterplot", "plotly_relayout", "plotly_legendclick", "plotly_legenddoubleclick"]) {
      element.removeAllListeners(event);
    }
    element.on("plotly_hover", (event) => light(...runsAt(event)));
    element.on("plotly_unhover", () => light());
    element.on("plotly_click", (event) => {
      const runs = runsAt(event);
      if (runs.length > 0) latest.current.onRuns?.(runs, placeOf(event, element));
    });
    element.on("plotly_relayout", (event) => {
      const next = zoomOf(event as Record<string, unknown>, latest.current.zoom);
      if (next !== undefined) latest.current.onZoom?.(next);
    });
    // Which arms are shown is in the address, for every chart: plotly's own hiding would be lost with the next figure.
    element.on("plotly_legendclick", (event) => {
      const arm = metaOf(latest.current.figure.data[event.curveNumber ?? -1] ?? {}).arm;
      if (arm !== undefined) latest.current.onArm?.(arm);
      return false;
    });
    element.on("plotly_legenddoubleclick", () => false);
    element.on("plotly_afterplot", () => setAxes(() => axesOf(element)));
  }, [latest]);

  useLayoutEffect(() => {
    let wanted = true;
    const element = root.current;
    if (element === null) return undefined;
    const draw = async (plotly: Plotly) => {
      if (!wanted) return;
      const data = themed([...traces], palette);
      const made = await plotly.react(element, data, pageLayout(figure, palette, zoom, legend), CONFIG);
      listen(made);
      setAxes(() => axesOf(made));
    };
    // A chart that stands is drawn before the page is painted: it shows the runs that the words of the same frame count.
    if (loaded !== null && element.classList.contains("js-plotly-plot")) void draw(loaded);
    else void loadPlotly().then(draw);
    return () => {
      wanted = false;
    };
    // By its text: a zoom is read from the address anew at every drawing.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [figure, traces, palette, listen, JSON.stringify(zoom), legend]);

  useEffect(() => {
    const element = root.current;
    // Plotly would take a touch as a drag and keep the page from scrolling; a tap still reaches it as a click.
    const keep = (event: Event) => event.stopPropagation();
    element?.addEventListener("touchstart", keep, { capture: true, passive: true });
    return () => element?.removeEventListener("touchstart", keep, { capture: true });
  }, []);

  useEffect(() => {
    const element = root.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(() => {
      if (!element.classList.contains("js-plotly-plot")) return;
      // Plotly refuses to size what is not displayed, such as a figure that left the page in the meantime.
      void loadPlotly().then((plotly) => (element.offsetParent === null ? undefined : plotly.Plots.resize(element)));
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      // The pointer is on nothing of a figure that went.
      light();
      // At once: later, it would take away what was drawn there in the meantime.
      loaded?.purge(element);
    };
  }, []);

  const keys = useKeySteps(places, onRuns);
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- the keys are those of the whole group
    <div
      className="plot"
      style={height === null ? undefined : { height }}
      data-drawn={axes !== null}
      role="group"
      tabIndex={0}
      aria-label={`Chart: ${figure.title}. Arrow keys step through ${counted(places.runs.length, "run")}.`}
      onKeyDown={keys.onKeyDown}
      onBlur={() => light()}
    >
      <span className="visually-hidden" role="status">
        {keys.words}
      </span>
      {axes === null || painted.length === 0 ? null : <PaintedMarks traces={painted} axes={axes} palette={palette} />}
      <div ref={root} className="plot-canvas" data-testid={`figure-${figure.name}`} aria-hidden="true" />
      {axes === null ? null : <Lit places={places} pinned={pinned} axes={axes} />}
    </div>
  );
}
