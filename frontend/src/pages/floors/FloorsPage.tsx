import { Link } from "react-router";
import { useFloors } from "../../api/analysis";
import type { Floor } from "../../api/types";
import { count } from "../../lib/words";
import { Term } from "../../ui/marks/Term";
import { Empty } from "../../ui/notes/Notes";
import { PageHead } from "../../ui/notes/PageHead";
import { Waiting } from "../../ui/notes/Waiting";
import { Budget, environmentOf, Mean, Spread } from "./parts";
import { TableScroll } from "../../ui/notes/TableScroll";

/** The noise floors that are kept, with what their candidates have spent. */
export default function FloorsPage() {
  const query = useFloors();
  return (
    <div className="page">
      <PageHead title="Noise floors" />
      <Waiting query={query} what="noise floors" height={300}>
        {(floors) =>
          floors.length === 0 ? (
            <Empty title="No noise floors yet">
              A baseline of 20 seeds or more can be kept as a noise floor; new candidates are then judged against it with 3 seeds. Use “Save as noise
              floor” on an arm of a study.
            </Empty>
          ) : (
            <TableScroll>
              <table className="table floors">
                <thead>
                  <tr>
                    <th scope="col">Name</th>
                    <th scope="col">Recipe</th>
                    <th scope="col">Metric</th>
                    <th scope="col" className="num">
                      Seeds
                    </th>
                    <th scope="col" className="num">
                      Mean
                    </th>
                    <th scope="col" className="num">
                      <Term name="SD" />
                    </th>
                    <th scope="col">Environment</th>
                    <th scope="col" className="num">
                      Candidates
                    </th>
                    <th scope="col" className="num">
                      Error budget
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {floors.map((floor) => (
                    <Row key={floor.name} floor={floor} />
                  ))}
                </tbody>
              </table>
            </TableScroll>
          )
        }
      </Waiting>
    </div>
  );
}

function Row({ floor }: { floor: Floor }) {
  const environment = environmentOf(floor);
  return (
    <tr>
      <th scope="row">
        <Link to={`/floors/${encodeURIComponent(floor.name)}`}>{floor.name}</Link>
      </th>
      <td>{floor.conditions["recipe"] ?? "–"}</td>
      <td className="nowrap">{floor.metric}</td>
      <td className="num">{count(floor.values.n)}</td>
      <td className="num nowrap">
        <Mean floor={floor} />
      </td>
      <td className="num nowrap">
        <Spread floor={floor} />
      </td>
      <td className="cut muted" title={environment}>
        {environment}
      </td>
      <td className="num nowrap">
        {count(floor.judged.length)} of {count(floor.candidates)}
      </td>
      <td className="num nowrap">
        <Budget floor={floor} />
      </td>
    </tr>
  );
}
