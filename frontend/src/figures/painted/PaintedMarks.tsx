import { useEffect, useRef } from "react";
import { MARKER_POINTS } from "../../lib/marks";
import { type Palette, themed } from "../../lib/roles";
import type { Axes, Painted } from "./painted";

/** Dashes as plotly draws them, in widths of the line. */
const DASHES: Readonly<Record<string, readonly number[]>> = { dash: [9, 9], dot: [3, 3], dashdot: [9, 3, 3, 3], longdash: [15, 15], longdashdot: [15, 3, 3, 3] };

/** A marker of so many px across, drawn once and stamped at every point. */
function stamp(trace: Painted, scale: number): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  const side = Math.ceil((trace.size + 2) * scale);
  canvas.width = side;
  canvas.height = side;
  const pen = canvas.getContext("2d");
  if (pen === null) return canvas;
  pen.scale(side / 16, side / 16);
  pen.globalAlpha = trace.opacity;
  pen.fillStyle = trace.colour;
  pen.beginPath();
  const corners = MARKER_POINTS[trace.symbol];
  if (corners === undefined) pen.arc(8, 8, 7, 0, 2 * Math.PI);
  else for (const corner of corners.split(" ")) pen.lineTo(Number(corner.split(",")[0]), Number(corner.split(",")[1]));
  pen.fill();
  return canvas;
}

/** Paint one trace within its axes; what an axis cannot show, such as zero on a logarithmic one, is left out. */
function paint(pen: CanvasRenderingContext2D, trace: Painted, axes: Axes, scale: number): void {
  const x = axes(trace.xaxis);
  const y = axes(trace.yaxis);
  if (x === undefined || y === undefined) return;
  const { length } = trace.x;
  pen.save();
  pen.beginPath();
  pen.rect(x._offset, y._offset, x._length, y._length);
  pen.clip();
  pen.translate(x._offset, y._offset);
  if (trace.kind === "markers") {
    const mark = stamp(trace, scale);
    const side = mark.width / scale;
    for (let at = 0; at < length; at += 1) {
      const [left, top] = [x.d2p(trace.x[at]), y.d2p(trace.y[at])];
      if (Number.isFinite(left) && Number.isFinite(top)) pen.drawImage(mark, left - side / 2, top - side / 2, side, side);
    }
  } else {
    pen.strokeStyle = trace.colour;
    pen.globalAlpha = trace.opacity;
    pen.lineWidth = trace.size;
    pen.lineJoin = "bevel";
    pen.setLineDash((DASHES[trace.dash] ?? []).map((part) => part * trace.size));
    pen.beginPath();
    let down = false;
    for (let at = 0; at < length; at += 1) {
      const [left, top] = [x.d2p(trace.x[at]), y.d2p(trace.y[at])];
      const finite = Number.isFinite(left) && Number.isFinite(top);
      if (finite && down) pen.lineTo(left, top);
      else if (finite) pen.moveTo(left, top);
      down = finite;
    }
    pen.stroke();
  }
  pen.restore();
}

interface Props {
  traces: readonly Painted[];
  /** As they are drawn now. */
  axes: Axes;
  palette: Palette;
}

/** Paint the marks of very many runs on one canvas behind what plotly draws. */
export function PaintedMarks({ traces, axes, palette }: Props) {
  const root = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const canvas = root.current;
    const pen = canvas?.getContext("2d");
    if (canvas === null || pen === null || pen === undefined) return;
    const scale = window.devicePixelRatio || 1;
    canvas.width = Math.round(canvas.clientWidth * scale);
    canvas.height = Math.round(canvas.clientHeight * scale);
    pen.scale(scale, scale);
    for (const trace of traces) paint(pen, { ...trace, colour: themed(trace.colour, palette) }, axes, scale);
  }, [traces, axes, palette]);
  return <canvas ref={root} className="painted" aria-hidden="true" />;
}
