import "./strip.css";
import type { Interval } from "../../api/types";
import { counted, differenceScale, differenceUnit, interval as intervalText, level, number } from "../../lib/words";
import { Term } from "../../ui/marks/Term";
import { Dots } from "./Dots";
import { labelled, linear } from "./scale";

const WIDTH = 480;
const HEIGHT = 132;
const EDGE = 12;
const SEEDS = { top: 10, bottom: 58 };
const MEAN = 80;
const AXIS = 104;

/** One paired seed: its run lights up in every other figure. */
export interface Dot {
  run: number;
  seed: number;
  value: number;
}

interface Props {
  /** `64 units − 32 units`. */
  title: string;
  seeds: readonly Dot[];
  mean: number | null;
  interval: Interval | null;
  smallest: number | null;
  unit: string;
}

/** Spread points over the height so that equal values do not hide each other: the same order every time. */
function lane(at: number): number {
  const lanes = 7;
  return SEEDS.top + (((at * 3) % lanes) / (lanes - 1)) * (SEEDS.bottom - SEEDS.top);
}

/** Every paired difference, their mean with its CI, and the band of differences too small to matter. */
export function DifferencePlot({ title, seeds, mean, interval, smallest, unit }: Props) {
  const factor = differenceScale(unit);
  const ends = [0, mean ?? 0, interval?.low ?? 0, interval?.high ?? 0, ...(smallest === null ? [] : [-smallest, smallest])];
  const scale = linear([...seeds.map(({ value }) => value), ...ends].map((value) => value * factor), EDGE, WIDTH - EDGE);
  const x = (value: number) => scale.to(value * factor);
  const ci = interval === null ? "no CI yet" : intervalText(interval.low * factor, interval.high * factor, interval.level, { signed: true });
  const words = `${title}: mean ${mean === null ? "unknown" : number(mean * factor)}, ${ci}, ${counted(seeds.length, "paired seed")}`;
  const empty = seeds.length === 0 && mean === null;
  return (
    <figure className="difference-plot">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={words} preserveAspectRatio="xMidYMid meet">
        {smallest === null ? null : (
          <rect x={x(-smallest)} y={4} width={Math.max(0, x(smallest) - x(-smallest))} height={AXIS - 4} className="band" />
        )}
        <line x1={x(0)} x2={x(0)} y1={4} y2={AXIS} className="zero" />
        <line x1={EDGE} x2={WIDTH - EDGE} y1={AXIS} y2={AXIS} className="axis" />
        {labelled(scale).map(({ at, text }) => (
          <g key={at}>
            <line x1={at} x2={at} y1={AXIS} y2={AXIS + 4} className="axis" />
            <text x={at} y={AXIS + 18} className="tick-text">
              {text}
            </text>
          </g>
        ))}
        <Dots
          dots={seeds.map(({ run, value }, at) => ({ run, x: x(value), y: lane(at) }))}
          className="seed"
          litClassName="seed-lit"
          title={(at) => `seed ${seeds[at]?.seed}: ${number((seeds[at]?.value ?? Number.NaN) * factor)} ${differenceUnit(unit)}`.trimEnd()}
        />
        {interval === null ? null : (
          <>
            <line x1={x(interval.low)} x2={x(interval.high)} y1={MEAN} y2={MEAN} className="ci" />
            <line x1={x(interval.low)} x2={x(interval.low)} y1={MEAN - 6} y2={MEAN + 6} className="ci" />
            <line x1={x(interval.high)} x2={x(interval.high)} y1={MEAN - 6} y2={MEAN + 6} className="ci" />
          </>
        )}
        {mean === null ? null : <circle cx={x(mean)} cy={MEAN} r={6} className="mean" />}
        {empty ? (
          <text x={WIDTH / 2} y={(SEEDS.top + SEEDS.bottom) / 2} className="tick-text">
            No difference to show.
          </text>
        ) : null}
      </svg>
      <figcaption>
        <span className="cut" title={title}>
          {title}
          {differenceUnit(unit) === "" ? "" : `, ${differenceUnit(unit)}`}
        </span>
        {seeds.length === 0 ? null : <span className="legend-seed">paired seed</span>}
        {empty ? null : <span className="legend-mean">mean, {level(interval?.level ?? 0.95)} CI</span>}
        {smallest === null ? null : (
          <span className="legend-band">
            <Term name="smallest difference that matters">too small to matter</Term>: &lt; {number(smallest * factor)}
          </span>
        )}
      </figcaption>
    </figure>
  );
}
