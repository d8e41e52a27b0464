import { hovered } from "../state/highlight";
import { useStore } from "../state/store";
import { coordinate } from "../lib/words";
import type { Places, Stretch } from "../lib/places";
import type { Axes } from "./painted/painted";

function pixels(stretch: Stretch, axes: Axes): { points: [number, number][]; box: [number, number, number, number] } | null {
  const x = axes(stretch.xaxis);
  const y = axes(stretch.yaxis);
  if (x === undefined || y === undefined) return null;
  const points = stretch.x
    .map((value, index): [number, number] => [x.d2p(value), y.d2p(stretch.y[index])])
    .filter(([left, top]) => Number.isFinite(left) && Number.isFinite(top));
  return { points, box: [x._offset, y._offset, x._length, y._length] };
}

function LitStretch({ stretch, axes }: { stretch: Stretch; axes: Axes }) {
  const placed = pixels(stretch, axes);
  if (placed === null || placed.points.length === 0) return null;
  const [left, top, width, height] = placed.box;
  const path = placed.points.map(([x, y]) => `${coordinate(x)},${coordinate(y)}`).join(" ");
  return (
    <svg x={left} y={top} width={width} height={height} overflow={stretch.line ? "hidden" : "visible"}>
      {stretch.line && placed.points.length > 1 ? (
        <>
          <polyline points={path} className="lit-halo" />
          <polyline points={path} className="lit-line" />
        </>
      ) : (
        placed.points.map(([x, y]) => <circle key={`${x},${y}`} cx={x} cy={y} r={7} className="lit-point" />)
      )}
    </svg>
  );
}

interface Props {
  places: Places;
  pinned: readonly number[];
  axes: Axes;
}

/** The hovered and pinned runs, drawn over the figure so that lighting one costs no redraw of the others. */
export function Lit({ places, pinned, axes }: Props) {
  const lit = useStore(hovered);
  const shown = new Set([...pinned, ...lit]);
  return (
    <svg className="lit" aria-hidden="true">
      {[...shown].flatMap((id) =>
        places.of(id).map((stretch, index) => (
          <LitStretch key={`${id}-${index}`} stretch={stretch} axes={axes} />
        )),
      )}
    </svg>
  );
}
