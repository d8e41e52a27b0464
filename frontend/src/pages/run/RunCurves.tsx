import { useFigure } from "../../api/figures";
import type { Run } from "../../api/types";
import { FigureCard } from "../../figures/FigureCard";
import { Card } from "../../ui/notes/Card";
import { Empty } from "../../ui/notes/Notes";
import { metricPairs } from "./metrics";

/** The run's metrics over its epochs, training beside validation. */
export function RunCurves({ run, live }: { run: Run; live: boolean }) {
  const metrics = metricPairs(Object.keys(run.metrics));
  if (metrics.length === 0) {
    return (
      <Card title="Curves">
        <Empty title={live ? "Curves appear when the run reports metrics" : "This run reported no metrics"} />
      </Card>
    );
  }
  return metrics.map((metric) => <RunCurve key={metric} run={run} metric={metric} live={live} />);
}

function RunCurve({ run, metric, live }: { run: Run; metric: string; live: boolean }) {
  const subject = { runs: String(run.id) };
  const asked = { metric, partner: true };
  return <FigureCard query={useFigure(subject, "curves", asked, { live })} name={metric} subject={subject} figure="curves" asked={asked} height={260} />;
}
