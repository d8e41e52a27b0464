import "./strip.css";
import { armColour } from "../../lib/marks";
import { coordinate, number } from "../../lib/words";
import { Dots } from "./Dots";
import type { RankedArm } from "./ForestPlot";
import { apart, isGeometric, linear, logarithmic } from "./scale";

const WIDTH = 480;
const HEIGHT = 180;
const LEFT = 52;
const BOTTOM = 36;

interface Props {
  parameter: string;
  values: ReadonlyMap<number, number>;
  arms: readonly RankedArm[];
  metric: string;
}

/** The metric against the one number in which arms differ: every seed, and the mean with its CI at each value. */
export function ParameterPlot({ parameter, values, arms, metric }: Props) {
  const numbers = arms.flatMap(({ position }) => values.get(position) ?? []);
  const geometric = isGeometric(numbers);
  const x = geometric ? logarithmic(numbers, LEFT + 12, WIDTH - 16) : linear(numbers, LEFT + 12, WIDTH - 16);
  const ticks = apart([...new Set(numbers)].toSorted((a, b) => a - b), x.to, (value) => 10 + 7 * number(value).length);
  const y = linear(
    arms.flatMap(({ seeds, interval }) => [...seeds.map(({ value }) => value), ...(interval === null ? [] : [interval.low, interval.high])]),
    HEIGHT - BOTTOM,
    8,
  );
  const at = (position: number) => x.to(values.get(position) ?? Number.NaN);
  const means = arms.filter(({ mean }) => mean !== null).toSorted((a, b) => at(a.position) - at(b.position));
  const line = means.map(({ position, mean }) => `${coordinate(at(position))},${coordinate(y.to(mean ?? 0))}`).join(" ");
  return (
    <figure className="parameter-plot">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={`${metric} against ${parameter}, every seed`}>
        {y.ticks.map((tick) => (
          <g key={tick}>
            <line x1={LEFT} x2={WIDTH - 8} y1={y.to(tick)} y2={y.to(tick)} className="grid-line" />
            <text x={LEFT - 6} y={y.to(tick) + 4} className="tick-text tick-end">
              {number(tick)}
            </text>
          </g>
        ))}
        {ticks.map((tick) => (
          <text key={tick} x={x.to(tick)} y={HEIGHT - BOTTOM + 16} className="tick-text">
            {number(tick)}
          </text>
        ))}
        <text x={(LEFT + WIDTH) / 2} y={HEIGHT - 4} className="tick-text">
          {parameter}
          {geometric ? " (log scale)" : ""}
        </text>
        <polyline points={line} className="mean-line" />
        {arms.map(({ position, seeds, mean, interval }) => (
          <g key={position}>
            <Dots
              dots={seeds.map(({ run, value }) => ({ run, x: at(position), y: y.to(value) }))}
              className="forest-seed"
              fill={armColour(position)}
              title={(place) => `seed ${seeds[place]?.seed}: ${number(seeds[place]?.value ?? Number.NaN)}`}
            />
            {interval === null ? null : <line x1={at(position)} x2={at(position)} y1={y.to(interval.low)} y2={y.to(interval.high)} className="ci" />}
            {mean === null ? null : <circle cx={at(position)} cy={y.to(mean)} r={5} className="mean" />}
          </g>
        ))}
      </svg>
      <figcaption>
        <span className="legend-seed">seed</span>
        <span className="legend-mean">mean, CI</span>
      </figcaption>
    </figure>
  );
}
