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

/** Each array is asked for several times: for its figure, for where runs lie, and for what is lit. */
const decoded = new WeakMap<Packed, ArrayLike<number>>();

function decode(packed: Packed): ArrayLike<number> {
  const known = decoded.get(packed);
  if (known !== undefined) return known;
  const kind = KINDS[packed.dtype as keyof typeof KINDS];
  if (kind === undefined) return [];
  const text = atob(packed.bdata);
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = text.charCodeAt(at);
  const values = new kind(bytes.buffer);
  decoded.set(packed, values);
  return values;
}

/** The numbers of a one-dimensional array in either form; anything else is empty. */
export function numbers(value: unknown): ArrayLike<unknown> {
  if (isPacked(value)) return decode(value);
  return Array.isArray(value) ? value : [];
}

/** One column of rows (`customdata`), in either form. */
export function column(value: unknown, place: number): ArrayLike<number> {
  if (isPacked(value)) {
    const flat = decode(value);
    const width = Number(String(value.shape ?? "").split(",")[1] ?? 1) || 1;
    const rows = new Float64Array(flat.length / width);
    for (let row = 0; row < rows.length; row += 1) rows[row] = flat[row * width + place] ?? Number.NaN;
    return rows;
  }
  if (!Array.isArray(value)) return [];
  return value.map((row) => Number(Array.isArray(row) ? row[place] : row));
}
