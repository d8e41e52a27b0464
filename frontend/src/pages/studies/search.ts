import type { StudiesQuery } from "../../api/studies";
import { parseSearch } from "../../view/search";

/** What a person types above the studies, as the service's own filters; words search names and notes. */
export function searchToQuery(text: string): StudiesQuery & { recipe?: string; tag?: string; state?: string } {
  const filters: Record<string, string> = {};
  const words: string[] = [];
  for (const piece of parseSearch(text)) {
    if (piece.kind === "is" && piece.key === "recipe") filters["recipe"] = piece.value;
    else if (piece.kind === "is" && piece.key === "tag") filters["tag"] = piece.value;
    else if (piece.kind === "is" && piece.key === "is") filters["state"] = piece.value;
    else if (piece.kind === "is") words.push(`${piece.key}:${piece.value}`);
    else if (piece.kind === "number") words.push(`${piece.key}${piece.operator}${piece.value}`);
    else words.push(piece.value);
  }
  return { ...filters, ...(words.length > 0 ? { query: words.join(" ") } : {}) };
}
