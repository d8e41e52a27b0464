import { useId } from "react";

interface Props<T extends string> {
  label: string;
  value: T;
  options: readonly { value: T; name: string }[];
  onChoose: (value: T) => void;
  quiet?: boolean;
  /** The label is for screen readers and on hover: the options say enough. */
  bare?: boolean;
}

/** A labelled choice of one among a few. */
export function Choice<T extends string>({ label, value, options, onChoose, quiet = false, bare = quiet }: Props<T>) {
  const id = useId();
  return (
    <span className={quiet ? "choice quiet" : "choice"}>
      <label htmlFor={id} className={bare ? "visually-hidden" : undefined}>
        {label}
      </label>
      <select id={id} value={value} title={bare ? label : undefined} onChange={(event) => onChoose(event.target.value as T)}>
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.name}
          </option>
        ))}
      </select>
    </span>
  );
}
