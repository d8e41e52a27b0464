import type { Study } from "../../../api/types";
import { Choice } from "../../../ui/controls/Choice";
import { useAddress } from "../../../state/address";
import { summaryChoices, type Summary } from "../../../lib/values";
import { isFirstStep, lowerIsBetter } from "../asks/design";
import { ArmsShown } from "./ArmsShown";
import { FirstStep } from "./FirstStep";
import { MetricsMenu } from "./MetricsMenu";

/** Which metric, and which number of each run, the figures and the table show. */
export function MetricChoice({ study, metric, summary }: { study: Study; metric: string; summary: Summary }) {
  const address = useAddress();
  const names = study.metrics.includes(metric) ? study.metrics : [...study.metrics, metric];
  const ofSteps = isFirstStep(metric);
  return (
    <div className="choice-line">
      <Choice
        label="Metric"
        bare
        value={metric}
        options={names.map((name) => ({ value: name, name: name === study.metric ? `${name} (deciding)` : name }))}
        onChoose={(next) => address.set({ metric: next === study.metric ? null : next, zoom: null }, "push")}
      />
      {ofSteps ? null : (
        <>
          <Choice
            label="Value used"
            bare
            value={summary}
            options={summaryChoices(study.step_name)}
            onChoose={(next) => address.set({ summary: next === study.summary ? null : next, zoom: null }, "push")}
          />
          <FirstStep metric={metric} lower={lowerIsBetter(study, metric)} />
        </>
      )}
      <MetricsMenu study={study} metric={metric} />
      <ArmsShown study={study} metric={metric} summary={summary} />
    </div>
  );
}
