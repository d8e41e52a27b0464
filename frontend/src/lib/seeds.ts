/** `20`, `20 from 100`, or a list `3, 5, 8` as a specification's seeds; other text stays, to be marked as wrong. */
export function parseSeeds(text: string): unknown {
  const clean = text.trim();
  const range = /^(\d+)(?:\s+from\s+(\d+))?$/.exec(clean);
  if (range !== null) {
    const base = Number(range[2] ?? 0);
    return base === 0 ? { count: Number(range[1]) } : { count: Number(range[1]), base };
  }
  const list = clean.split(/[\s,]+/).filter((part) => part !== "");
  return list.length > 0 && list.every((part) => /^\d+$/.test(part)) ? list.map(Number) : clean;
}

/** A specification's seeds as they are typed. */
export function seedsText(seeds: unknown): string {
  if (Array.isArray(seeds)) return seeds.length === 1 ? `${String(seeds[0])},` : seeds.join(", ");
  if (typeof seeds !== "object" || seeds === null) return seeds === undefined ? "" : String(seeds);
  const { count, base } = seeds as { count?: unknown; base?: unknown };
  return base === undefined || base === 0 ? String(count ?? "") : `${String(count ?? "")} from ${String(base)}`;
}
