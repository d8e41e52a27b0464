/** One piece of a search: `key:value`, `name<0.9`, or a plain word. */
export type Piece =
  | { kind: "is"; key: string; value: string }
  | { kind: "number"; key: string; operator: Operator; value: number }
  | { kind: "word"; value: string };

export type Operator = "<" | "<=" | ">" | ">=" | "=";

const NUMBER = /^([^<>=:\s]+)(<=|>=|<|>|=)(-?[\d.]+(?:e[+-]?\d+)?)$/i;
const KEYED = /^([a-z_]+):(.+)$/i;

function piece(text: string): Piece {
  const number = NUMBER.exec(text);
  if (number !== null) {
    return { kind: "number", key: number[1] ?? "", operator: number[2] as Operator, value: Number(number[3]) };
  }
  const keyed = KEYED.exec(text);
  if (keyed !== null) return { kind: "is", key: (keyed[1] ?? "").toLowerCase(), value: unquoted(keyed[2] ?? "") };
  return { kind: "word", value: unquoted(text) };
}

function unquoted(text: string): string {
  return text.replace(/^"(.*)"$/, "$1");
}

/** A search as pieces: `arm:wide is:finished acc>0.93 "two words"`. */
export function parseSearch(text: string): Piece[] {
  const parts = text.match(/(?:[^\s"]+:)?"[^"]*"|\S+/g) ?? [];
  return parts.map(piece);
}

/** Whether a number stands to another as the operator says; NaN stands to none. */
export function holds(value: number, operator: Operator, other: number): boolean {
  switch (operator) {
    case "<":
      return value < other;
    case "<=":
      return value <= other;
    case ">":
      return value > other;
    case ">=":
      return value >= other;
    case "=":
      return value === other;
  }
}
