import { useMemo, useRef } from "react";
import { parseSearch } from "../../view/search";
import { filtered, inHeldOrder, sorted, type TableRow } from "./rows";

/** The rows as filtered and sorted; while `held`, live changes don't move them. */
export function useArranged(rows: readonly TableRow[], filter: string, sort: string | null, held: boolean): TableRow[] {
  const before = useRef<{ by: string; order: number[] }>({ by: "", order: [] });
  return useMemo(() => {
    const left = filtered(rows, parseSearch(filter));
    const [column = null, order] = sort?.split(".") ?? [];
    const by = `${filter}\n${sort}`;
    const arranged =
      held && before.current.by === by
        ? inHeldOrder(left, before.current.order)
        : sorted(left, column, order === "desc");
    before.current = { by, order: arranged.map((row) => row.id) };
    return arranged;
  }, [rows, filter, sort, held]);
}
