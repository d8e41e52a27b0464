import type { ReactNode } from "react";
import { useAddress } from "../../state/address";

interface Props {
  column: string;
  children: ReactNode;
  firstDescending?: boolean;
  /** What stands in the head before the button. */
  before?: ReactNode;
}

/** The sort that the next click asks for: one way, the other way, then the planned order again. */
export function nextSort(present: string | null, column: string, firstDescending: boolean): string | null {
  const [first, second] = firstDescending ? ["desc", "asc"] : ["asc", "desc"];
  if (present === `${column}.${first}`) return `${column}.${second}`;
  return present === `${column}.${second}` ? null : `${column}.${first}`;
}

/** A column's head that sorts by it; the sort lives in the address. */
export function SortHead({ column, children, firstDescending = false, before }: Props) {
  const address = useAddress();
  const present = address.get("sort");
  const by = present?.split(".")[0] === column ? present.split(".")[1] : undefined;
  const told = by === undefined ? "none" : by === "asc" ? "ascending" : "descending";
  return (
    <th scope="col" aria-sort={told}>
      {before}
      <button
        type="button"
        className="sort"
        onClick={() => address.set({ sort: nextSort(present, column, firstDescending), page: null })}
      >
        {children}
        <span aria-hidden="true">{by === undefined ? "" : by === "asc" ? " ↑" : " ↓"}</span>
      </button>
    </th>
  );
}
