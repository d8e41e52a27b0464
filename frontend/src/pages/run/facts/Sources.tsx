import type { Run } from "../../../api/types";
import { Card } from "../../../ui/notes/Card";
import { TableScroll } from "../../../ui/notes/TableScroll";

/** What each source of randomness was given. */
export function Sources({ run }: { run: Run }) {
  return (
    <Card title="Sources of randomness">
      <TableScroll>
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Source</th>
              <th scope="col">Policy</th>
              <th scope="col" className="num">
                Value
              </th>
              <th scope="col" className="num">
                From seed
              </th>
            </tr>
          </thead>
          <tbody>
            {Object.entries(run.sources).map(([source, given]) => (
              <tr key={source}>
                <th scope="row">{source}</th>
                <td>{given.level === null || given.level === undefined ? given.policy : `level ${given.level}`}</td>
                <td className="num mono">{given.value}</td>
                <td className="num mono">{given.seed ?? "the system's entropy"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableScroll>
    </Card>
  );
}
