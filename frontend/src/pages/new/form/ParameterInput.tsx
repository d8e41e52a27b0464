import { useState } from "react";
import { shown } from "../../../lib/values";
import { parseField, type Field } from "../../../lib/schema";

interface Props {
  field: Field;
  arm: string;
  value: unknown;
  invalid: boolean;
  describedBy: string | undefined;
  onChange: (value: unknown) => void;
}

function Chosen({ field, arm, value, invalid, describedBy, onChange }: Props) {
  const choices = field.kind === "yes-no" ? [true, false] : field.choices;
  return (
    <select
      aria-label={`${field.name} of ${arm}`}
      aria-invalid={invalid}
      aria-describedby={describedBy}
      value={value === undefined ? "" : String(value)}
      onChange={(event) => onChange(parseField(field, event.target.value))}
    >
      <option value="">{shown(field.fallback)}</option>
      {choices
        .filter((choice) => choice !== field.fallback)
        .map((choice) => (
          <option key={String(choice)} value={String(choice)}>
            {shown(choice)}
          </option>
        ))}
    </select>
  );
}

/** One parameter of one arm; empty means the recipe's default, which it shows. */
export function ParameterInput(props: Props) {
  const { field, arm, value, invalid, describedBy, onChange } = props;
  // What is being typed, for values whose text is not settled yet, such as `0.` or `[3,`.
  const [typed, setTyped] = useState<string | null>(null);
  if (field.kind === "choice" || field.kind === "yes-no") return <Chosen {...props} />;
  const settled = value === undefined ? "" : shown(value);
  const numeric = field.kind === "integer" || field.kind === "number";
  return (
    <input
      aria-label={`${field.name} of ${arm}`}
      aria-invalid={invalid}
      aria-describedby={describedBy}
      inputMode={numeric ? "decimal" : "text"}
      className={numeric ? "num" : undefined}
      placeholder={shown(field.fallback)}
      value={typed ?? settled}
      onChange={(event) => {
        setTyped(event.target.value);
        onChange(parseField(field, event.target.value));
      }}
      onBlur={() => setTyped(null)}
    />
  );
}
