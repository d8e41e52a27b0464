import { useMemo, useState } from "react";
import { parseSearch } from "../../../lib/search";
import { filtered, inHeldOrder, sorted, sortOf, type TableRow } from "./rows";

/** The rows as filtered and sorted; while `held`, live changes don't move them. */
export function useArranged(rows: readonly TableRow[], filter: string, sort: string | null, held: boolean): TableRow[] {
  const by = `${filter}\n${sort}`;
  const arranged = useMemo(() => {
    const { column, descending } = sortOf(sort);
    return sorted(filtered(rows, parseSearch(filter)), column, descending);
  }, [rows, filter, sort]);
  const [kept, setKept] = useState<{ by: string; order: number[] } | null>(null);
  // The order at the moment the pointer came in, until it leaves or asks for another.
  if (!held && kept !== null) setKept(null);
  if (held && kept?.by !== by) setKept({ by, order: arranged.map((row) => row.id) });
  return useMemo(
    () => (held && kept?.by === by ? inHeldOrder(arranged, kept.order) : arranged),
    [arranged, held, kept, by],
  );
}
