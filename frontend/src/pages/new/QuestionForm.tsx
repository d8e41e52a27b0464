import type { Fault } from "../../api/errors";
import type { Recipe } from "../../api/types";
import { Field } from "../../parts/Field";
import { faultAt, faultText } from "./faults";
import { PRESET_WORDS, PRESETS, setPreset, setRecipe, type Spec } from "./spec";

interface Props {
  spec: Spec;
  recipes: readonly Recipe[];
  faults: readonly Fault[];
  onChange: (spec: Spec) => void;
}

function told(faults: readonly Fault[], field: string): string | undefined {
  const fault = faultAt(faults, field);
  return fault === undefined ? undefined : faultText(fault);
}

function tagsOf(text: string): string[] {
  return text.split(/[\s,]+/).filter((tag) => tag !== "");
}

/** What is asked, with which recipe, and how the arms come about. */
export function QuestionForm({ spec, recipes, faults, onChange }: Props) {
  const recipe = recipes.find((one) => one.name === spec["recipe"]);
  const preset = typeof spec["preset"] === "string" ? spec["preset"] : "";
  const tags = Array.isArray(spec["tags"]) ? spec["tags"].map(String) : [];
  return (
    <div className="fields">
      <Field label="Question" help="the study is found by it" fault={spec["name"] === "" ? undefined : told(faults, "name")}>
        {(ids) => (
          <input
            {...ids}
            value={String(spec["name"] ?? "")}
            placeholder="Does width help on digits?"
            onChange={(event) => onChange({ ...spec, name: event.target.value })}
          />
        )}
      </Field>
      <Field label="Recipe" help={recipe?.help} fault={told(faults, "recipe")}>
        {(ids) => (
          <select
            {...ids}
            value={String(spec["recipe"] ?? "")}
            onChange={(event) => {
              const next = recipes.find((one) => one.name === event.target.value);
              if (next !== undefined) onChange(setRecipe(spec, next));
            }}
          >
            {recipe === undefined ? <option value={String(spec["recipe"] ?? "")}>{String(spec["recipe"] ?? "")}</option> : null}
            {recipes.map((one) => (
              <option key={one.name} value={one.name}>
                {one.name} (version {one.version})
              </option>
            ))}
          </select>
        )}
      </Field>
      <Field
        label="Arms"
        help={preset === "" ? "named one by one, each with its parameters and a policy per source" : PRESET_WORDS[preset as (typeof PRESETS)[number]]}
        fault={told(faults, "preset")}
      >
        {(ids) => (
          <select {...ids} value={preset} onChange={(event) => onChange(setPreset(spec, event.target.value || null))}>
            <option value="">as named below</option>
            {PRESETS.map((name) => (
              <option key={name} value={name}>
                preset: {name}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Field label="Tags" help="separated by blanks" fault={told(faults, "tags")}>
        {(ids) => (
          <input
            {...ids}
            defaultValue={tags.join(" ")}
            onChange={(event) => onChange({ ...spec, tags: tagsOf(event.target.value) })}
          />
        )}
      </Field>
    </div>
  );
}
