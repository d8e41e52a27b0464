/** What a form needs to know of one parameter's JSON Schema. */
export interface Field {
  name: string;
  kind: "integer" | "number" | "text" | "choice" | "yes-no" | "json";
  help: string;
  fallback: unknown;
  choices: unknown[];
  range: string;
}

type Rule = Record<string, unknown>;

function resolved(rule: Rule, defs: Record<string, Rule>): Rule {
  const reference = rule["$ref"];
  if (typeof reference === "string") return { ...defs[reference.split("/").at(-1) ?? ""], ...rule };
  const options = rule["anyOf"];
  if (!Array.isArray(options)) return rule;
  const first = options.find((option: Rule) => option["type"] !== "null") as Rule | undefined;
  return { ...resolved(first ?? {}, defs), ...rule };
}

function kindOf(rule: Rule): Field["kind"] {
  if (Array.isArray(rule["enum"])) return "choice";
  switch (rule["type"]) {
    case "integer":
      return "integer";
    case "number":
      return "number";
    case "boolean":
      return "yes-no";
    case "string":
      return "text";
    default:
      return "json";
  }
}

/** `1 to 4096`, `at least 0`, `above 0, below 1`. */
function rangeOf(rule: Rule): string {
  const [low, high, above, below] = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"].map((key) => rule[key]);
  if (typeof low === "number" && typeof high === "number") return `${low} to ${high}`;
  const parts = [
    typeof low === "number" ? `at least ${low}` : "",
    typeof above === "number" ? `above ${above}` : "",
    typeof high === "number" ? `at most ${high}` : "",
    typeof below === "number" ? `below ${below}` : "",
  ];
  return parts.filter((part) => part !== "").join(", ");
}

/** The fields of a recipe's parameters, in the order the recipe names them. */
export function fieldsOf(schema: Record<string, unknown>): Field[] {
  const defs = (schema["$defs"] ?? {}) as Record<string, Rule>;
  const properties = (schema["properties"] ?? {}) as Record<string, Rule>;
  return Object.entries(properties).map(([name, given]) => {
    const rule = resolved(given, defs);
    return {
      name,
      kind: kindOf(rule),
      help: typeof rule["description"] === "string" ? rule["description"] : "",
      fallback: rule["default"],
      choices: Array.isArray(rule["enum"]) ? rule["enum"] : [],
      range: rangeOf(rule),
    };
  });
}

/** Return the values of a list such as `8, 16, 32`; null for anything else. */
export function parseList(field: Field, typed: string): unknown[] | null {
  if (field.kind === "text" || field.kind === "json") return null;
  const parts = typed.split(",").map((part) => part.trim());
  if (parts.length < 2 || parts.includes("")) return null;
  // `0,5` may be a decimal comma: a list has a space or three parts.
  if (parts.length === 2 && !/,\s/.test(typed)) return null;
  return [...new Set(parts)].map((part) => parseField(field, part));
}

/** What was typed into a field as the value it stands for; text that is no number stays text, to be marked as wrong. */
export function parseField(field: Field, typed: string): unknown {
  const text = typed.trim();
  if (text === "") return undefined;
  switch (field.kind) {
    case "integer":
    case "number": {
      const number = Number(text);
      return Number.isNaN(number) ? text : number;
    }
    case "yes-no":
      return text === "true" ? true : text === "false" ? false : text;
    case "choice":
      return field.choices.find((choice) => String(choice) === text) ?? text;
    case "json":
      try {
        return JSON.parse(text);
      } catch {
        return text;
      }
    case "text":
      return typed;
  }
}
