/** An array as plotly travels it: a plain list, or base64 bytes with their kind and shape. */
export interface Packed {
  dtype: string;
  bdata: string;
  shape?: string | number;
}

const KINDS = {
  f8: Float64Array,
  f4: Float32Array,
  i4: Int32Array,
  u4: Uint32Array,
  i2: Int16Array,
  u2: Uint16Array,
  i1: Int8Array,
  u1: Uint8Array,
} as const;

function isPacked(value: unknown): value is Packed {
  return typeof value === "object" && value !== null && "bdata" in value && "dtype" in value;
}

function decode(packed: Packed): ArrayLike<number> {
  const kind = KINDS[packed.dtype as keyof typeof KINDS];
  if (kind === undefined) return [];
  const text = atob(packed.bdata);
  const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
  return new kind(bytes.buffer);
}

/** The numbers of a one-dimensional array in either form; anything else is empty. */
export function numbers(value: unknown): ArrayLike<unknown> {
  if (isPacked(value)) return decode(value);
  return Array.isArray(value) ? value : [];
}

/** One column of rows (`customdata`), in either form. */
export function column(value: unknown, place: number): number[] {
  if (isPacked(value)) {
    const flat = decode(value);
    const width = Number(String(value.shape ?? "").split(",")[1] ?? 1) || 1;
    return Array.from({ length: flat.length / width }, (_, row) => flat[row * width + place] ?? Number.NaN);
  }
  if (!Array.isArray(value)) return [];
  return value.map((row) => Number(Array.isArray(row) ? row[place] : row));
}
