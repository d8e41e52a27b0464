import { useFigure } from "../../api/figures";
import type { Run } from "../../api/types";
import { FigureCard } from "../../figures/FigureCard";
import { useAddress } from "../../state/address";
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

/** One run has no center and no band. */
const OF_ARMS = ["centre"];

function RunCurve({ run, metric, live }: { run: Run; metric: string; live: boolean }) {
  const subject = { runs: String(run.id) };
  const address = useAddress();
  const chosen = (name: string) => address.get(name) ?? undefined;
  const asked = { metric, partner: true, smooth: chosen("smooth"), x: chosen("x"), log: address.get("log") === "1" ? true : undefined };
  return (
    <FigureCard
      query={useFigure(subject, "curves", asked, { live })}
      name={metric}
      subject={subject}
      figure="curves"
      chart={`curves.${metric}`}
      without={OF_ARMS}
      asked={asked}
      height={260}
    />
  );
}
