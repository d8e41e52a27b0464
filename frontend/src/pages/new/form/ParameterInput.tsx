import { useState } from "react";
import { shown } from "../../../lib/values";
import { parseField, parseList, type Field } from "../../../lib/schema";

interface Props {
  field: Field;
  arm: string;
  value: unknown;
  invalid: boolean;
  describedBy: string | undefined;
  onChange: (value: unknown) => void;
  /** Called with the values of a list, such as `8, 16, 32`: an arm each. */
  onList: (values: unknown[]) => void;
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
  const { field, arm, value, invalid, describedBy, onChange, onList } = props;
  // What is being typed, for values whose text is not settled yet, such as `0.` or `[3,`.
  const [typed, setTyped] = useState<string | null>(null);
  if (field.kind === "choice" || field.kind === "yes-no") return <Chosen {...props} />;
  const settled = value === undefined ? "" : shown(value);
  const numeric = field.kind === "integer" || field.kind === "number";
  const spread = (): boolean => {
    const values = typed === null ? null : parseList(field, typed);
    if (values === null) return false;
    setTyped(null);
    onList(values);
    return true;
  };
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
        // A list is no value of one arm: it becomes arms once it is typed.
        if (parseList(field, event.target.value) === null) onChange(parseField(field, event.target.value));
      }}
      title={numeric ? "Several values, such as 8, 16, 32, make an arm each." : undefined}
      onKeyDown={(event) => {
        if (event.key === "Enter" && spread()) event.preventDefault();
      }}
      onBlur={() => {
        if (!spread()) setTyped(null);
      }}
    />
  );
}
