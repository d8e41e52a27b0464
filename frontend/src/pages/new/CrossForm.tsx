import type { Fault } from "../../api/errors";
import type { Recipe } from "../../api/types";
import { Field } from "../../parts/Field";
import { faultOf, faultText, faultTold } from "./faults";
import type { Spec } from "./spec";

interface Props {
  spec: Spec;
  recipe: Recipe;
  faults: readonly Fault[];
  onChange: (spec: Spec) => void;
}

/** How many levels each crossed source takes; seeds then count the repeats of each combination. */
export function CrossForm({ spec, recipe, faults, onChange }: Props) {
  const cross = (spec["cross"] ?? {}) as Record<string, number | string>;
  const set = (source: string, text: string) => {
    const { [source]: _before, ...rest } = cross;
    const levels = Number(text);
    onChange({ ...spec, cross: text.trim() === "" ? rest : { ...rest, [source]: Number.isNaN(levels) ? text : levels } });
  };
  const whole = faultOf(faults, "cross");
  return (
    <div className="fields">
      {recipe.sources.map((source) => (
        <Field key={source} label={`Levels of ${source}`} help={source in cross ? undefined : "empty: varies within each cell"} fault={faultTold(faults, `cross.${source}`)}>
          {(ids) => (
            <input {...ids} inputMode="numeric" className="num" value={cross[source] ?? ""} onChange={(event) => set(source, event.target.value)} />
          )}
        </Field>
      ))}
      {whole === undefined ? null : <p className="field-help danger-text">{faultText(whole)}</p>}
    </div>
  );
}
