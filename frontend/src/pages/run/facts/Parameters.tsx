import type { Run } from "../../../api/types";
import { shown } from "../../../lib/values";
import { Card } from "../../../ui/notes/Card";
import { TableScroll } from "../../../ui/notes/TableScroll";

/** The run's parameters; those that differ from the recipe's defaults first, and marked. */
export function Parameters({ run }: { run: Run }) {
  const names = Object.keys(run.parameters);
  const order = [...names.filter((name) => name in run.differs), ...names.filter((name) => !(name in run.differs))];
  const any = names.some((name) => name in run.differs);
  return (
    <Card title="Parameters">
      <TableScroll>
        <table className="table">
          <tbody>
            {order.map((name) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td className="num mono">{shown(run.parameters[name]) || '""'}</td>
                {any ? <td className="muted">{name in run.differs ? "not the default" : ""}</td> : null}
              </tr>
            ))}
          </tbody>
        </table>
      </TableScroll>
    </Card>
  );
}
