import { useId, type ReactNode } from "react";
import { Icon } from "../marks/Icon";

interface Props {
  label: string;
  help?: string | undefined;
  fault?: string | undefined;
  /** What is usable and yet not wise. */
  warning?: string | undefined;
  children: (ids: { id: string; "aria-describedby": string | undefined; "aria-invalid": boolean }) => ReactNode;
}

/** A labelled field with its help, and what is wrong or unwise about it. */
export function Field({ label, help, fault, warning, children }: Props) {
  const id = useId();
  const told = (help ?? fault ?? warning) !== undefined;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children({ id, "aria-describedby": told ? `${id}-help` : undefined, "aria-invalid": fault !== undefined })}
      {told ? (
        <p id={`${id}-help`} className={fault === undefined ? "field-help" : "field-help danger-text"}>
          {fault === undefined && warning !== undefined ? (
            <span className="field-warning">
              <Icon name="warning" /> {warning}
            </span>
          ) : (
            (fault ?? help)
          )}
        </p>
      ) : null}
    </div>
  );
}
