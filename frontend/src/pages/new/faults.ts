import type { Fault } from "../../api/errors";

/** The first fault of a field: at it, or anywhere inside it. */
export function faultAt(faults: readonly Fault[], field: string): Fault | undefined {
  return faults.find(
    (fault) => fault.field === field || fault.field.startsWith(`${field}.`) || fault.field.startsWith(`${field}[`),
  );
}

/** What a person reads beside a field. */
export function faultText(fault: Fault): string {
  return `${fault.value === null || fault.value === "" ? "" : `${short(fault.value)}: `}expected ${fault.expected}`;
}

function short(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
