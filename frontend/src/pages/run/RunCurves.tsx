import { useRunSeries } from "../../api/runs";
import type { Run } from "../../api/types";
import { FigureMenu } from "../../figures/FigureMenu";
import { Plot } from "../../figures/Plot";
import { Card } from "../../ui/notes/Card";
import { Empty, Loading } from "../../ui/notes/Notes";
import { curvesOf, paired, seriesCsv, type Series } from "../../figures/curves";

function csvOf(metrics: readonly string[], series: Record<string, Series>): () => Promise<Blob> {
  return () => Promise.resolve(new Blob([seriesCsv(metrics, series)], { type: "text/csv" }));
}

/** The run's metrics over its epochs, training beside validation. */
export function RunCurves({ run, live }: { run: Run; live: boolean }) {
  const query = useRunSeries(run.id, live);
  const series = query.data?.series;
  if (series === undefined) {
    return (
      <Card title="Curves">
        <Loading what="curves" height={280} />
      </Card>
    );
  }
  const groups = paired(Object.keys(series));
  if (groups.length === 0) {
    return (
      <Card title="Curves">
        <Empty title={live ? "Curves appear when the run reports metrics" : "This run reported no metrics"} />
      </Card>
    );
  }
  return groups.map((metrics) => {
    const figure = curvesOf(metrics, series, run.arm);
    return (
      <Card key={figure.name} title={figure.title} actions={<FigureMenu figure={figure} csv={csvOf(metrics, series)} />} className="figure-card">
        <Plot figure={figure} height={260} />
        <ul className="figure-notes">
          {figure.notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      </Card>
    );
  });
}
