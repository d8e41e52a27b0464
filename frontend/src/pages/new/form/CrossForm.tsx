import type { Fault } from "../../../api/errors";
import type { Recipe } from "../../../api/types";
import { Field } from "../../../ui/controls/Field";
import { faultOf, faultText, faultTold } from "../spec/faults";
import type { Spec } from "../spec/spec";

interface Props {
  spec: Spec;
  recipe: Recipe;
  faults: readonly Fault[];
  onChange: (spec: Spec) => void;
}

/** With fewer levels the service shows the points and gives no shares. */
const FEWEST_LEVELS = 4;

function warned(levels: unknown): string | undefined {
  if (typeof levels !== "number" || levels >= FEWEST_LEVELS) return undefined;
  return `Use at least ${FEWEST_LEVELS} levels to get shares of the variance.`;
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
  const crossed = Object.keys(cross).length;
  // With one source crossed, the next to be filled is what is missing.
  const missing = crossed === 1 ? recipe.sources.find((source) => !(source in cross)) : undefined;
  const faultIn = (source: string) => faultTold(faults, `cross.${source}`) ?? (source === missing && whole !== undefined ? faultText(whole) : undefined);
  return (
    <div className="fields">
      {crossed > 0 ? null : <p className="field-help whole-line">Set levels for at least two sources, for example 5 and 5.</p>}
      {recipe.sources.map((source) => (
        <Field key={source} label={`Levels of ${source}`} help={source in cross ? undefined : "Leave empty to vary within each cell."} fault={faultIn(source)} warning={warned(cross[source])}>
          {(ids) => (
            <input {...ids} inputMode="numeric" className="num" value={cross[source] ?? ""} onChange={(event) => set(source, event.target.value)} />
          )}
        </Field>
      ))}
      {whole === undefined || missing !== undefined ? null : <p className="field-help danger-text whole-line">{faultText(whole)}</p>}
    </div>
  );
}
