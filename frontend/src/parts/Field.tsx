import { useId, type ReactNode } from "react";

interface Props {
  label: string;
  help?: string | undefined;
  fault?: string | undefined;
  children: (ids: { id: string; "aria-describedby": string | undefined; "aria-invalid": boolean }) => ReactNode;
}

/** A labelled field with its help, and what is wrong with it. */
export function Field({ label, help, fault, children }: Props) {
  const id = useId();
  const told = help !== undefined || fault !== undefined;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children({ id, "aria-describedby": told ? `${id}-help` : undefined, "aria-invalid": fault !== undefined })}
      {told ? (
        <p id={`${id}-help`} className={fault === undefined ? "field-help" : "field-help danger-text"}>
          {fault ?? help}
        </p>
      ) : null}
    </div>
  );
}
