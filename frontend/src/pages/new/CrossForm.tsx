import type { Recipe } from "../../api/types";
import { Field } from "../../parts/Field";
import type { Spec } from "./spec";

interface Props {
  spec: Spec;
  recipe: Recipe;
  onChange: (spec: Spec) => void;
}

/** How many levels each crossed source takes; seeds then count the repeats of each combination. */
export function CrossForm({ spec, recipe, onChange }: Props) {
  const cross = (spec["cross"] ?? {}) as Record<string, number>;
  const set = (source: string, text: string) => {
    const { [source]: _before, ...rest } = cross;
    const levels = Number(text);
    onChange({ ...spec, cross: text.trim() === "" || Number.isNaN(levels) ? rest : { ...rest, [source]: levels } });
  };
  return (
    <div className="fields">
      {recipe.sources.map((source) => (
        <Field key={source} label={`Levels of ${source}`} help={source in cross ? undefined : "empty: varies within each cell"}>
          {(ids) => (
            <input {...ids} inputMode="numeric" className="num" value={cross[source] ?? ""} onChange={(event) => set(source, event.target.value)} />
          )}
        </Field>
      ))}
    </div>
  );
}
