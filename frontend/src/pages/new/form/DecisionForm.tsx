import { summaryChoices } from "../../../lib/values";
import { clean } from "../../../lib/words";
import { useState } from "react";
import type { Fault } from "../../../api/errors";
import type { Recipe } from "../../../api/types";
import { Field } from "../../../ui/controls/Field";
import { faultTold } from "../spec/faults";
import type { Spec } from "../spec/spec";

interface Props {
  spec: Spec;
  recipe: Recipe;
  faults: readonly Fault[];
  onChange: (spec: Spec) => void;
}

/** A share's difference is typed in points; everything else in the metric's own unit. */
function scaleOf(unit: string): number {
  return unit === "share" ? 100 : 1;
}

/** Decision rule: the metric, which number of a run, and the smallest difference that matters; stated before the data. */
export function DecisionForm({ spec, recipe, faults, onChange }: Props) {
  const [typed, setTyped] = useState<string | null>(null);
  const name = String(spec["metric"] ?? recipe.metrics[0]?.name ?? "");
  const metric = recipe.metrics.find((one) => one.name === name);
  const scale = scaleOf(metric?.unit ?? "");
  const smallest = spec["smallest_difference"];
  const settled = typeof smallest === "number" ? String(clean(smallest * scale)) : "";
  return (
    <div className="fields">
      <Field
        label="Deciding metric"
        help={`${metric?.direction === "minimize" ? "Lower" : "Higher"} is better.${metric?.help ? ` ${metric.help}` : ""}`}
        fault={faultTold(faults, "metric")}
      >
        {(ids) => (
          <select {...ids} value={name} onChange={(event) => onChange({ ...spec, metric: event.target.value })}>
            {metric === undefined ? <option value={name}>{name}</option> : null}
            {recipe.metrics.map((one) => (
              <option key={one.name} value={one.name}>
                {one.name}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Field label="Value used" fault={faultTold(faults, "summary")}>
        {(ids) => (
          <select {...ids} value={String(spec["summary"] ?? "last")} onChange={(event) => onChange({ ...spec, summary: event.target.value })}>
            {summaryChoices().map(({ value, name: shown }) => (
              <option key={value} value={value}>
                {shown}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Field
        label={metric?.unit === "share" ? "Smallest difference that matters (points)" : "Smallest difference that matters"}
        help="The smallest difference you would act on. Without it, equivalence cannot be decided."
        fault={faultTold(faults, "smallest_difference")}
      >
        {(ids) => (
          <input
            {...ids}
            inputMode="decimal"
            className="num"
            placeholder="none"
            value={typed ?? settled}
            onBlur={() => setTyped(null)}
            onChange={(event) => {
              setTyped(event.target.value);
              const text = event.target.value.trim().replace(",", ".");
              const number = Number(text);
              const value = text === "" ? null : Number.isNaN(number) ? text : clean(number / scale);
              onChange({ ...spec, smallest_difference: value });
            }}
          />
        )}
      </Field>
    </div>
  );
}
