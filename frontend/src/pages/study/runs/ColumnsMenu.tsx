import { Popover } from "../../../ui/controls/Popover";
import { Icon } from "../../../ui/marks/Icon";
import { columnName } from "./rows";

interface Props {
  columns: readonly string[];
  hidden: ReadonlySet<string>;
  onHide: (hidden: Set<string>) => void;
}

/** Which columns of the runs are shown. */
export function ColumnsMenu({ columns, hidden, onHide }: Props) {
  const toggle = (column: string) => {
    const next = new Set(hidden);
    if (!next.delete(column)) next.add(column);
    onHide(next);
  };
  return (
    <Popover
      className="choices"
      summary={
        <>
          Columns <Icon name="down" />
        </>
      }
    >
      <div className="choices-list">
        {columns.map((column) => (
          <label key={column}>
            <input type="checkbox" checked={!hidden.has(column)} onChange={() => toggle(column)} />
            {columnName(column)}
          </label>
        ))}
      </div>
    </Popover>
  );
}
