import { tidy, type Spec } from "./spec";

export type TextForm = "yaml" | "json" | "curl";

/** The address that submissions go to. */
export function submitAddress(origin: string): string {
  return `${origin}/api/v1/studies`;
}

/** `'…'` for a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

const yaml = () => import("yaml");

/** Format text in one of its forms. */
export async function toText(spec: Spec, form: TextForm, origin: string): Promise<string> {
  const plain = tidy(spec);
  if (form === "json") return JSON.stringify(plain, null, 2);
  if (form === "yaml") return (await yaml()).stringify(plain);
  const body = quoted(JSON.stringify(plain, null, 2));
  return `curl -sS ${submitAddress(origin)} \\\n  -H 'content-type: application/json' \\\n  -d ${body}`;
}

function asSpec(value: unknown): Spec {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new TypeError("A specification is an object with a name, a recipe, arms and seeds.");
  }
  return value as Spec;
}

/** The body of a curl line: what stands in quotes after -d. */
function bodyOf(command: string): string {
  const found = /(?:-d|--data(?:-raw|-binary)?)\s+'((?:[^']|'\\'')*)'/.exec(command);
  if (found?.[1] === undefined) throw new SyntaxError("The line holds no -d '…' with a specification.");
  return found[1].replaceAll(`'\\''`, "'");
}

/** Text back into a specification; throws with what is wrong where it isn't one. */
export async function fromText(text: string, form: TextForm): Promise<Spec> {
  if (form === "yaml") return asSpec((await yaml()).parse(text));
  return asSpec(JSON.parse(form === "json" ? text : bodyOf(text)));
}
