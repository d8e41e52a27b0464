import "./System.css";
import { useRunUsage } from "../../../api/runs";
import type { Run } from "../../../api/types";
import { coordinate, duration } from "../../../lib/words";
import { Card } from "../../../ui/notes/Card";
import { type UsageChart, usageCharts } from "./usageCharts";

const WIDTH = 280;
const HEIGHT = 72;

function Chart({ chart, end }: { chart: UsageChart; end: number }) {
  const x = (time: number) => coordinate((time / end) * WIDTH);
  const y = (value: number) => coordinate(HEIGHT - 2 - (value / chart.top) * (HEIGHT - 4));
  // From the beginning on: what was sampled first stands for the time before, too.
  const line = [[0, chart.points[0]?.[1] ?? 0] as const, ...chart.points].map(([time, value]) => `${x(time)},${y(value)}`).join(" ");
  return (
    <figure>
      <figcaption>
        <span>{chart.name}</span>
        <span className="muted nowrap">{chart.figure}</span>
      </figcaption>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" height={HEIGHT} role="img" aria-label={`${chart.name} over ${duration(end)}: ${chart.figure}`}>
        <line x1={0} x2={WIDTH} y1={HEIGHT - 1} y2={HEIGHT - 1} />
        <polyline points={line} />
      </svg>
      <p className="system-times muted" aria-hidden="true">
        <span>0 s</span>
        <span>{duration(end)}</span>
      </p>
    </figure>
  );
}

/** CPU, memory, GPU and disk of a run over time; nothing where it was not sampled. */
export function System({ run, live }: { run: Run; live: boolean }) {
  const usage = useRunUsage(run.id, live).data?.usage;
  const times = usage?.samples.time ?? [];
  const end = times.at(-1) ?? 0;
  const gpus = usage?.gpus ?? [];
  if (usage === null || usage === undefined || end === 0) return null;
  return (
    <Card title="System">
      <div className="system">
        {usageCharts(usage).map((chart) => (
          <Chart key={chart.name} chart={chart} end={end} />
        ))}
      </div>
      <p className="muted">
        {times.length === 1 ? "One sample" : `${times.length} samples`} over {duration(end)}, of the training and the processes it started; what happened between samples is not seen.
        {gpus.length === 0 ? "" : ` On ${gpus.join(", ")}.`}
      </p>
    </Card>
  );
}
