import type { Fault } from "../../../api/errors";

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

const PLAIN: Record<string, string> = {
  cross: "levels for at least two sources, such as 5 of split and 5 of init",
  seeds: "a count (20), a start (20 from 100), or a list (3, 5, 8)",
};

/** What would be right: the service's words, or the form's own where they are about how it is typed there. */
function expected({ field, expected: told }: Fault): string {
  return PLAIN[field] ?? told;
}

/** The faults without those of what was not begun yet: a preset just chosen is not at fault for its empty fields. */
export function begun(spec: Record<string, unknown>, faults: readonly Fault[]): readonly Fault[] {
  const crossed = Object.keys((spec["cross"] ?? {}) as object).length > 0;
  return crossed ? faults : faults.filter((fault) => fault.field !== "cross");
}

/** What a person reads beside a field; a list or a mapping says more where it stands than here. */
export function faultText(fault: Fault): string {
  const said = fault.value === null || fault.value === undefined || fault.value === "" || typeof fault.value === "object";
  return `${said ? "" : `${short(fault.value)}: `}expected ${expected(fault)}`;
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
