import { useRecipes } from "../../../api/catalog";
import { runOfArmOptions, runOptions, useRunDiff } from "../../../api/runs";
import type { Run, RunDiff } from "../../../api/types";
import { useAddress } from "../../../state/address";
import { useArrival } from "../../../state/useArrival";
import { useQueries } from "@tanstack/react-query";
import { Choice } from "../../../ui/controls/Choice";
import { Card } from "../../../ui/notes/Card";
import { ErrorNote, Loading } from "../../../ui/notes/Notes";
import { ArmName } from "../answer/ArmName";
import type { NamedArm } from "../../../arms/named";
import { Differences } from "./Differences";
import { armsDifference, NONE } from "./differ";
import { TableScroll } from "../../../ui/notes/TableScroll";

/** Differences between the arms, and nothing else: by what they were asked, then by what their runs met. */
export function ArmsDiffer({ arms, several }: { arms: readonly NamedArm[]; several: boolean }) {
  const ids = useQueries({ queries: arms.map(({ study, arm }) => runOfArmOptions(study, arm)) });
  const runs = useQueries({ queries: ids.map(({ data }) => ({ ...runOptions(data ?? 0), enabled: typeof data === "number" })) });
  const found = runs.map(({ data }) => data);
  const waiting = ids.some(({ isPending }) => isPending) || runs.some(({ isLoading }) => isLoading);
  return (
    <>
      <Asked arms={arms} runs={found} several={several} />
      <Met arms={arms} runs={found} waiting={waiting} />
    </>
  );
}

function Asked({ arms, runs, several }: { arms: readonly NamedArm[]; runs: readonly (Run | undefined)[]; several: boolean }) {
  const recipes = useRecipes();
  const { rows, same } = armsDifference(arms, runs, recipes.data ?? []);
  return (
    <Card title="Differences in parameters and settings">
      {rows.length === 0 ? (
        <p className="muted">The arms are identical. Any difference is due to chance.</p>
      ) : (
        <TableScroll>
          <table className="table stack">
            <thead>
              <tr>
                <th scope="col">Differences</th>
                {arms.map((arm) => (
                  <th key={arm.key} scope="col">
                    <ArmName arm={arm} study={several} />
                  </th>
                ))}
              </tr>
            </thead>
            {[...new Set(rows.map(({ group }) => group))].map((group) => (
              <tbody key={group}>
                <tr>
                  <th scope="rowgroup" colSpan={arms.length + 1} className="group-row">
                    {group}
                  </th>
                </tr>
                {rows
                  .filter((row) => row.group === group)
                  .map((row) => (
                    <tr key={row.key}>
                      <th scope="row">{row.key}</th>
                      {row.values.map((value, at) => (
                        <td key={arms[at]?.key} className={value === NONE ? "mono wrap nothing" : "mono wrap"} data-label={arms[at]?.name}>
                          {value}
                        </td>
                      ))}
                    </tr>
                  ))}
              </tbody>
            ))}
          </table>
        </TableScroll>
      )}
      {same.length === 0 ? null : <p className="figure-notes">Identical in all: {same.join(", ")}.</p>}
    </Card>
  );
}

interface MetProps {
  arms: readonly NamedArm[];
  runs: readonly (Run | undefined)[];
  waiting: boolean;
}

const ASKED = new Set(["seeds", "parameters", "settings", "code", "results"]);

/** Without what the table above says of the arms already, and what two seeds never share. */
function withoutAsked(diff: RunDiff): RunDiff {
  return { ...diff, groups: Object.fromEntries(Object.entries(diff.groups).filter(([group]) => !ASKED.has(group))) };
}

/** Data, code and environment of two arms, told from a run of either. */
function Met({ arms, runs, waiting }: MetProps) {
  const address = useAddress();
  const at = Math.max(1, arms.findIndex(({ key }) => key === address.get("pair")));
  const [first, other] = [arms[0], arms[at]];
  const [a, b] = [runs[0]?.id ?? null, runs[at]?.id ?? null];
  const query = useRunDiff(a, b);
  const part = useArrival("code", query.data !== undefined);
  if (first === undefined || other === undefined) return null;
  const actions =
    arms.length < 3 ? undefined : (
      <Choice
        label={`${first.name} beside`}
        value={other.key}
        options={arms.slice(1).map(({ key, name }) => ({ value: key, name: name.slice(0, 40) }))}
        onChoose={(pair) => address.set({ pair })}
      />
    );
  return (
    <Card title="Data, code and environment" actions={actions}>
      {query.data !== undefined ? (
        <>
          <div id="code" ref={part}>
            <Differences diff={withoutAsked(query.data)} a={first.name} b={other.name} told={false} />
          </div>
          <p className="figure-notes">
            From the finished runs with the lowest seed: run {a} of {first.name} and run {b} of {other.name}.
          </p>
        </>
      ) : query.error !== null ? (
        <ErrorNote error={query.error} onRetry={() => void query.refetch()} />
      ) : waiting || query.isLoading ? (
        <Loading what="differences" />
      ) : (
        <p className="muted">Available after both arms have a finished run.</p>
      )}
    </Card>
  );
}
