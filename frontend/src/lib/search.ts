/**
 * The search language of lists: the service's own patterns (`core/query.py`), and `tests/goldens/search.json` holds both
 * to the same answers.
 */
import shared from "./shared.json";

/** One piece of a search: `key:value`, `name<0.9`, `"a name">0.9`, `metric:name<0.9` (a metric whatever it is called), or words. */
export type Piece = { negated?: true } & (
  | { kind: "is"; key: string; value: string }
  | { kind: "number"; key: string; operator: Operator; value: number; metric?: true }
  | { kind: "word"; value: string }
);

export type Operator = "<" | "<=" | ">" | ">=" | "=" | "!=";

const WORD = new RegExp(shared.search.word, "gs");
const TERM = new RegExp(`^(?:${shared.search.term})$`, "s");
const METRIC = new RegExp(`^(?:${shared.search.metric})$`, "s");

/** Remove quotation marks; a backslash keeps the character behind it. */
function unquoted(text: string): string {
  return text.includes('"') ? text.replace(/\\(.)|"/g, (_, kept: string | undefined) => kept ?? "") : text;
}

function piece(body: string): Piece {
  const named = METRIC.exec(body);
  const match = named ?? TERM.exec(body);
  const [, name = "", operator = ":", value = ""] = match ?? [];
  // While a value is still being typed, the term is a word like any other.
  if (match === null || value === "") return { kind: "word", value: unquoted(body) };
  if (operator === ":") return { kind: "is", key: unquoted(name).toLowerCase(), value: unquoted(value) };
  const number = unquoted(value).trim() === "" ? Number.NaN : Number(unquoted(value));
  return Number.isNaN(number)
    ? { kind: "word", value: unquoted(body) }
    : { kind: "number", key: unquoted(name), operator: operator as Operator, value: number, ...(named === null ? {} : { metric: true }) };
}

/** Return a search as pieces: `arm:wide is:finished acc>0.93 "two words" -worker:old`. */
export function parseSearch(text: string): Piece[] {
  return [...text.matchAll(WORD)].map(([, minus, body = ""]) => (minus === undefined ? piece(body) : { ...piece(body), negated: true }));
}

/** Return true if a number stands to another as the operator says; NaN stands to none. */
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
    case "!=":
      return !Number.isNaN(value) && value !== other;
  }
}

/** Return a name as it stands in a search: in quotation marks where a character of it would end it. */
export function searchName(name: string): string {
  return /[\s:<>=!"]/.test(name) ? `"${name.replace(/["\\]/g, "\\$&")}"` : name;
}
