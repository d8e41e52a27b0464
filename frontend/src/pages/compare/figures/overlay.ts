import type { Figure } from "../../../lib/figure";
import { curvesOf, type Series } from "../../../figures/curves";

export interface RunLine {
  run: number;
  arm: number;
  name: string;
  series: Series;
}

const DASHES = ["solid", "dash", "dot", "dashdot", "longdash", "longdashdot"];

/** One metric of several runs in one figure; runs of one arm share its colour and differ in dash. */
export function overlaid(metric: string, lines: readonly RunLine[]): Figure {
  const seen = new Map<number, number>();
  const data = lines.flatMap((line) => {
    const [trace] = curvesOf([metric], { [metric]: line.series }, line.arm).data;
    if (trace === undefined) return [];
    const place = seen.get(line.arm) ?? 0;
    seen.set(line.arm, place + 1);
    const style = { color: `role:arm${line.arm % 8}`, width: 2, dash: DASHES[place % DASHES.length] };
    const customdata = line.series.steps.map(() => [line.run]);
    return [{ ...trace, name: line.name.slice(0, 40), line: style, customdata, meta: { role: "runs", arm: line.arm } }];
  });
  const [first] = lines;
  const layout = first === undefined ? {} : curvesOf([metric], { [metric]: first.series }, 0).layout;
  return { name: "overlay", title: metric, notes: [], empty: data.length === 0, data, layout: { ...layout, showlegend: true } };
}
