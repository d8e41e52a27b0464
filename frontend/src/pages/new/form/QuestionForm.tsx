import { useEffect, useRef, useState } from "react";
import type { Fault } from "../../../api/errors";
import type { Recipe } from "../../../api/types";
import { Field } from "../../../ui/controls/Field";
import { faultTold } from "../spec/faults";
import { PRESET_WORDS, PRESETS, setPreset, setRecipe, type Spec } from "../spec/spec";

interface Props {
  spec: Spec;
  recipes: readonly Recipe[];
  faults: readonly Fault[];
  onChange: (spec: Spec) => void;
}

function tagsOf(text: string): string[] {
  return text.split(/[\s,]+/).filter((tag) => tag !== "");
}

/** Question, with which recipe, and how the arms come about. */
export function QuestionForm({ spec, recipes, faults, onChange }: Props) {
  const question = useRef<HTMLInputElement>(null);
  // An empty form is opened to ask something; one that is filled, to be read first.
  const [empty] = useState(spec["name"] === "");
  useEffect(() => {
    if (empty) question.current?.focus({ preventScroll: true });
  }, [empty]);
  const recipe = recipes.find((one) => one.name === spec["recipe"]);
  const preset = typeof spec["preset"] === "string" ? spec["preset"] : "";
  const tags = Array.isArray(spec["tags"]) ? spec["tags"].map(String) : [];
  return (
    <div className="fields">
      <Field label="Question" help="The name of the study." fault={spec["name"] === "" ? undefined : faultTold(faults, "name")}>
        {(ids) => (
          <input
            {...ids}
            ref={question}
            value={String(spec["name"] ?? "")}
            placeholder="Does width help on digits?"
            onChange={(event) => onChange({ ...spec, name: event.target.value })}
          />
        )}
      </Field>
      <Field label="Recipe" help={recipe?.help} fault={faultTold(faults, "recipe")}>
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
      <Field label="Tags" help="Separate with spaces." fault={faultTold(faults, "tags")}>
        {(ids) => (
          <input
            {...ids}
            defaultValue={tags.join(" ")}
            onChange={(event) => onChange({ ...spec, tags: tagsOf(event.target.value) })}
          />
        )}
      </Field>
      <Presets chosen={preset} fault={faultTold(faults, "preset")} onChoose={(next) => onChange(setPreset(spec, next))} />
    </div>
  );
}

interface PresetsProps {
  chosen: string;
  fault: string | undefined;
  onChoose: (preset: string | null) => void;
}

/** How the arms come about: named one by one, or by a preset; each says in a line what it is for. */
function Presets({ chosen, fault, onChoose }: PresetsProps) {
  const choices = [
    { value: "", name: "Custom arms", words: "Name each arm and set its parameters and policies." },
    ...PRESETS.map((name) => ({ value: name, name, words: PRESET_WORDS[name] })),
  ];
  return (
    <fieldset className="presets">
      <legend>Arms</legend>
      {choices.map(({ value, name, words }) => (
        <div key={value} className="preset">
          <input
            id={`preset-${value}`}
            type="radio"
            name="preset"
            aria-describedby={`preset-${value}-for`}
            checked={chosen === value}
            onChange={() => onChoose(value || null)}
          />
          <label htmlFor={`preset-${value}`}>{name}</label>
          <p id={`preset-${value}-for`} className="field-help">
            {words}
          </p>
        </div>
      ))}
      {fault === undefined ? null : <p className="field-help danger-text">{fault}</p>}
    </fieldset>
  );
}
