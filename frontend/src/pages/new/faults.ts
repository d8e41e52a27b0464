import type { Fault } from "../../api/errors";

/** The first fault of a field: at it, or anywhere inside it. */
export function faultAt(faults: readonly Fault[], field: string): Fault | undefined {
  return faults.find(
    (fault) => fault.field === field || fault.field.startsWith(`${field}.`) || fault.field.startsWith(`${field}[`),
  );
}

/** The fault of a field itself, and of nothing inside it. */
export function faultOf(faults: readonly Fault[], field: string): Fault | undefined {
  return faults.find((fault) => fault.field === field);
}

/** What a person reads beside a field; a list or a mapping says more where it stands than here. */
export function faultText(fault: Fault): string {
  const said = fault.value === null || fault.value === undefined || fault.value === "" || typeof fault.value === "object";
  return `${said ? "" : `${short(fault.value)}: `}expected ${fault.expected}`;
}

/** What a person reads beside a field, where something is wrong with it. */
export function faultTold(faults: readonly Fault[], field: string): string | undefined {
  const fault = faultAt(faults, field);
  return fault === undefined ? undefined : faultText(fault);
}

function short(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
