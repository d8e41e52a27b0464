/** One thing that is wrong with what was sent: where, what it was, and what would be right. */
export interface Fault {
  field: string;
  value: unknown;
  expected: string;
}

/** An answer of the service that is not a success, or no answer (`status` 0). */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly hint: string | null = null,
    readonly faults: readonly Fault[] = [],
  ) {
    super(message);
    this.name = "ApiError";
  }

  get missing(): boolean {
    return this.status === 404;
  }
}

const WITHOUT_BODY: Record<number, string> = {
  500: "The service failed while answering. What was stored is kept; the service's log says why.",
  502: "A proxy in between got no answer from the service.",
  503: "The service cannot reach its database or its queue. Nothing was lost; this page tries again by itself.",
};

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function faultsOf(value: unknown): Fault[] {
  if (!Array.isArray(value)) return [];
  return value.filter(isRecord).map((fault) => ({
    field: String(fault["field"] ?? ""),
    value: fault["value"],
    expected: String(fault["expected"] ?? ""),
  }));
}

/** The error an answer stands for, whatever its body holds. */
export function toApiError(status: number, body: unknown): ApiError {
  const error = isRecord(body) && isRecord(body["error"]) ? body["error"] : {};
  const message = error["message"] ?? WITHOUT_BODY[status] ?? `The service answered ${status}.`;
  const hint = typeof error["hint"] === "string" ? error["hint"] : null;
  return new ApiError(status, String(error["code"] ?? "error"), String(message), hint, faultsOf(error["faults"]));
}

/** What a person reads when nothing came back at all. */
export function noAnswer(): ApiError {
  return new ApiError(0, "no_answer", "The service does not answer.", "Is it running? This page tries again by itself.");
}

/** What a person reads when half an answer came. */
export function brokenOff(): ApiError {
  return new ApiError(0, "broken_off", "The service's answer broke off half-way.", "Nothing was lost: try again.");
}
