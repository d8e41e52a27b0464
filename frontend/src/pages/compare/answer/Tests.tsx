import type { Comparison } from "../../../api/types";
import { number } from "../../../lib/words";
import { TableScroll } from "../../../ui/notes/TableScroll";

/** Every test that was made of the difference, for whoever wants to look; the verdict needs none of them. */
export function Tests({ comparison }: { comparison: Comparison }) {
  const { effects, wrong_winner: wrong, probability } = comparison;
  return (
    <details className="tests">
      <summary>Tests and effect sizes</summary>
      <TableScroll>
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Test</th>
              <th scope="col">Method</th>
              <th scope="col" className="num">
                n
              </th>
              <th scope="col" className="num">
                Statistic
              </th>
              <th scope="col" className="num">
                p
              </th>
              <th scope="col">Note</th>
            </tr>
          </thead>
          <tbody>
            {comparison.tests.map((test) => (
              <tr key={`${test.name} ${test.method}`}>
                <th scope="row">{test.name.replaceAll("_", " ")}</th>
                <td>{test.method}</td>
                <td className="num">{test.n}</td>
                <td className="num">{number(test.statistic)}</td>
                <td className="num">{number(test.p)}</td>
                <td className="muted">
                  {test.reason ?? (test.p_floor === null || test.p_floor === undefined ? "" : `cannot be below ${number(test.p_floor)}`)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableScroll>
      <p className="muted">
        Hedges' g {number(effects.hedges_g)}, Cliff's delta {number(effects.cliffs_delta)}, a run of the second beats one of the
        first with probability {number(probability.value)}
        {wrong.reason === null || wrong.reason === undefined ? "" : `; ${wrong.reason}`}.
      </p>
    </details>
  );
}
