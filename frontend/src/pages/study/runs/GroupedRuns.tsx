import { useGroups } from "../../../api/analysis";
import type { RunGroup, Study } from "../../../api/types";
import { searchName } from "../../../lib/search";
import { shown, type Summary } from "../../../lib/values";
import { count, level, mean, number, sd, span } from "../../../lib/words";
import { ArmChip } from "../../../ui/marks/ArmChip";
import { Term } from "../../../ui/marks/Term";
import { Value } from "../../../ui/marks/Value";
import { ErrorNote, Loading } from "../../../ui/notes/Notes";
import { lowerIsBetter } from "../asks/design";
import { TableScroll } from "../../../ui/notes/TableScroll";

/** The grouping by everything but the seed; every other one is a parameter's name. */
export const ALL_BUT_SEED = "*";
const SHOWN_ARMS = 3;

interface Props {
  study: Study;
  metric: string;
  summary: Summary;
  by: string;
  /** The runs that the filter leaves; null for all. */
  runs: readonly number[] | null;
  /** Show the runs that a filter finds. */
  onShow: (filter: string) => void;
}

/** Return the filter that finds the runs of a group. */
export function filterOf(group: Pick<RunGroup, "parameters" | "arms">, arms: readonly { name: string }[]): string {
  const parts = Object.entries(group.parameters).map(([name, value]) => {
    if (typeof value === "number") return `${searchName(name)}=${String(value)}`;
    return `${searchName(name)}:${searchName(shown(value ?? undefined))}`;
  });
  const [first] = group.arms;
  return parts.length === 0 && first !== undefined ? `arm:${searchName(arms[first]?.name ?? "")}` : parts.join(" ");
}

/** Return groups with the best mean first; those without one come last. */
export function bestFirst(groups: readonly RunGroup[], lowerFirst: boolean): RunGroup[] {
  const key = (group: RunGroup) => (group.mean === null ? Number.POSITIVE_INFINITY : lowerFirst ? group.mean : -group.mean);
  return groups.toSorted((one, other) => key(one) - key(other));
}

/** Runs grouped by what they were trained with: n, mean with CI and SD of each group. */
export function GroupedRuns({ study, metric, summary, by, runs, onShow }: Props) {
  const query = useGroups(study.id, { metric, summary }, by === ALL_BUT_SEED ? null : [by], runs);
  const { data } = query;
  if (data === undefined) return query.error === null ? <Loading what="groups" height={200} /> : <ErrorNote error={query.error} onRetry={() => void query.refetch()} />;
  const groups = bestFirst(data.groups, lowerIsBetter(study, metric));
  return (
    <TableScroll>
      <table className="table groups">
        <caption className="visually-hidden">
          {metric} of the runs grouped by {data.by.length === 0 ? "arm" : data.by.join(", ")}
        </caption>
        <thead>
          <tr>
            {data.by.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
            <th scope="col">{data.by.length === 0 ? "Arm" : "Arms"}</th>
            <th scope="col" className="num">
              Runs
            </th>
            <th scope="col" className="num">
              n
            </th>
            <th scope="col" className="num">
              Mean {metric}
            </th>
            <th scope="col" className="num">
              {level(data.level)} CI
            </th>
            <th scope="col" className="num">
              <Term name="SD" />
            </th>
            <th scope="col" className="num">
              Range
            </th>
            <th scope="col">
              <span className="visually-hidden">Action</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {groups.map((group) => (
            <Group key={group.arms.join()} group={group} by={data.by} study={study} onShow={onShow} />
          ))}
        </tbody>
      </table>
    </TableScroll>
  );
}

function Group({ group, by, study, onShow }: { group: RunGroup; by: readonly string[]; study: Study; onShow: (filter: string) => void }) {
  const { interval } = group;
  const half = interval === null ? null : (interval.high - interval.low) / 2;
  const more = group.arms.length - SHOWN_ARMS;
  return (
    <tr>
      {by.map((name) => (
        <td key={name}>{shown(group.parameters[name] ?? undefined)}</td>
      ))}
      <th scope="row">
        <span className="chips">
          {group.arms.slice(0, SHOWN_ARMS).map((arm) => (
            <ArmChip key={arm} position={arm} name={study.arms[arm]?.name ?? String(arm)} />
          ))}
          {more > 0 ? <span className="muted">+{more}</span> : null}
        </span>
      </th>
      <td className="num">{count(group.runs)}</td>
      <td className="num">{count(group.n)}</td>
      <td className="num nowrap">
        <Value value={group.mean} text={half === null ? number(group.mean) : mean(group.mean, half)} />
      </td>
      <td className="num nowrap">{interval === null ? number(null) : span(interval.low, interval.high)}</td>
      <td className="num nowrap">{group.sd === null ? number(null) : <Value value={group.sd} text={sd(group.sd)} />}</td>
      <td className="num nowrap">{group.minimum === null || group.maximum === null ? number(null) : span(group.minimum, group.maximum)}</td>
      <td>
        <button type="button" className="small" onClick={() => onShow(filterOf(group, study.arms))}>
          Show runs
        </button>
      </td>
    </tr>
  );
}
