import type { PointerEvent } from "react";
import { coordinate } from "../../lib/words";
import { hovered, light } from "../../state/highlight";
import { useStore } from "../../state/store";

const RADIUS = 3;
const LIT_RADIUS = 5;
/** Circles with a title each; beyond that all dots are one path, which costs the browser one element. */
const MOST_CIRCLES = 400;

/** One run in pixels of its plot. */
export interface Placed {
  run: number;
  x: number;
  y: number;
}

interface Props {
  dots: readonly Placed[];
  className: string;
  litClassName?: string;
  /** A colour of the style sheet; without it the class has one. */
  fill?: string;
  /** Words for one dot, by its place in the list. */
  title: (at: number) => string;
}

function nearest(dots: readonly Placed[], x: number, y: number): number | undefined {
  let [best, distance] = [-1, Number.POSITIVE_INFINITY];
  dots.forEach((dot, at) => {
    const away = Math.hypot(dot.x - x, dot.y - y);
    if (away < distance) [best, distance] = [at, away];
  });
  return dots[best]?.run;
}

/** Draw a dot for each run; the one under the pointer lights up in every other figure. */
export function Dots({ dots, className, litClassName = "", fill, title }: Props) {
  const lit = useStore(hovered);
  const style = fill === undefined ? undefined : { fill };
  const circle = (at: number, on: boolean) => {
    const dot = dots[at];
    if (dot === undefined) return null;
    return (
      <circle
        key={dot.run}
        cx={dot.x}
        cy={dot.y}
        r={on ? LIT_RADIUS : RADIUS}
        className={on ? `${className} ${litClassName}`.trim() : className}
        style={style}
        onPointerEnter={() => light(dot.run)}
        onPointerLeave={() => light()}
      >
        <title>{title(at)}</title>
      </circle>
    );
  };
  if (dots.length <= MOST_CIRCLES) return dots.map((dot, at) => circle(at, lit.includes(dot.run)));
  const point = (event: PointerEvent<SVGPathElement>) => {
    const svg = event.currentTarget.ownerSVGElement;
    const back = svg?.getScreenCTM()?.inverse();
    if (back === undefined) return;
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(back);
    const run = nearest(dots, at.x, at.y);
    if (run !== undefined) light(run);
  };
  const path = dots.map(({ x, y }) => `M${coordinate(x)},${coordinate(y)}h0`).join("");
  return (
    <>
      <path d={path} className={`${className} many`} style={fill === undefined ? undefined : { stroke: fill }} strokeWidth={2 * RADIUS} onPointerMove={point} onPointerLeave={() => light()} />
      {dots.map((dot, at) => (lit.includes(dot.run) ? circle(at, true) : null))}
    </>
  );
}
