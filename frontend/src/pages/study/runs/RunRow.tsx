import { FlexRender, type Row } from "@tanstack/react-table";
import { memo } from "react";
import { hovered, light } from "../../../state/highlight";
import { useStore } from "../../../state/store";
import type { features } from "./columns";
import type { TableRow } from "./rows";

interface Props {
  row: Row<typeof features, TableRow>;
  top: number;
  index: number;
  current: boolean;
  chosen: boolean;
  /** The class of each shown column's cells; another object where columns are shown or hidden. */
  classes: ReadonlyMap<string, string | undefined>;
  onChoose: (id: number) => void;
  onOpen: (id: number) => void;
}

function Drawn({ row, top, index, current, chosen, classes, onChoose, onOpen }: Props) {
  const { id } = row.original;
  const lit = useStore(hovered, (runs) => runs.includes(id));
  const names = ["runs-row", lit && "lit-row", current && "current", row.original.excludedReason !== null && "left-out"];
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus -- j, k and o do the same
    <div
      role="row"
      aria-rowindex={index + 2}
      aria-selected={chosen}
      data-run={id}
      className={names.filter(Boolean).join(" ")}
      style={{ transform: `translateY(${top}px)` }}
      // Not on entering: rows that pass under a resting pointer would be lit in every figure, one after the other.
      onPointerMove={() => {
        if (!lit) light(id);
      }}
      onPointerLeave={() => light()}
      onClick={(event) => {
        if ((event.target as HTMLElement).closest("input, a, button") === null) onOpen(id);
      }}
    >
      <div role="cell">
        <input
          type="checkbox"
          checked={chosen}
          onChange={() => onChoose(id)}
          aria-label={`Select ${row.original.armName}, seed ${row.original.seed}`}
        />
      </div>
      {row.getVisibleCells().map((cell) => (
        <div role="cell" key={cell.id} className={classes.get(cell.column.id)}>
          <FlexRender cell={cell} />
        </div>
      ))}
    </div>
  );
}

/** The table makes its rows anew at every step of a scroll; what a row shows is what it was made of. */
function alike(before: Props, after: Props): boolean {
  return (
    before.row.original === after.row.original &&
    before.top === after.top &&
    before.index === after.index &&
    before.current === after.current &&
    before.chosen === after.chosen &&
    before.classes === after.classes &&
    before.onChoose === after.onChoose &&
    before.onOpen === after.onOpen
  );
}

/** One run; drawn again only when something of it changed, so that scrolling costs no more than the new rows. */
export const RunRow = memo(Drawn, alike);
