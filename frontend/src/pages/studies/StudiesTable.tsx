import { type ReactNode, useState } from "react";
import { Link } from "react-router";
import { BLOCKED_MS, useQueues } from "../../api/catalog";
import { useStudySummaries } from "../../api/studies";
import type { StudySummary, StudyRow } from "../../api/types";
import { useKeys } from "../../state/bindings";
import { SortHead } from "../../ui/controls/SortHead";
import { ArmChip } from "../../ui/marks/ArmChip";
import { ProgressBar, StateCounts } from "../../ui/marks/Progress";
import { When } from "../../ui/marks/Value";
import { Attention } from "./Attention";
import { Decided } from "./Decided";
import { Spark } from "./Spark";
import { TableScroll } from "../../ui/notes/TableScroll";

const ARMS = 3;
const TAGS = 2;

/** The address of the studies that a search finds. */
function searched(key: string, value: string): string {
  return `/?q=${encodeURIComponent(`${key}:${/[\s"]/.test(value) ? JSON.stringify(value) : value}`)}`;
}

function Searched({ by, value, className }: { by: string; value: string; className: string }) {
  return (
    <Link
      to={searched(by, value)}
      className={className}
      title={`Studies with ${by}:${value}`}
      onClick={(event) => event.stopPropagation()}
    >
      {value}
    </Link>
  );
}

/** How many more there are than the first ones shown, with their names on hover. */
function Further({ names }: { names: readonly string[] }) {
  if (names.length === 0) return null;
  return (
    <span className="muted further" title={names.join(", ")}>
      +{names.length}
    </span>
  );
}

function Name({ study }: { study: StudyRow }) {
  return (
    <>
      {study.pinned ? <span className="pinned">Pinned</span> : null}
      <Link to={`/studies/${study.id}`} className="study-title" title={study.name} onClick={(event) => event.stopPropagation()}>
        {study.name}
      </Link>
      <span className="chips">
        {study.arms.slice(0, ARMS).map((arm) => (
          <ArmChip key={arm.position} position={arm.position} name={arm.name} />
        ))}
        <Further names={study.arms.slice(ARMS).map((arm) => arm.name)} />
        {study.project === "" ? null : <Searched by="project" value={study.project} className="tag project cut" />}
        {study.tags.slice(0, TAGS).map((tag) => (
          <Searched key={tag} by="tag" value={tag} className="tag cut" />
        ))}
        <Further names={study.tags.slice(TAGS)} />
      </span>
    </>
  );
}

/** Why studies do not go on, by id, where their queue is blocked; what the service does not say is left out. */
function useStuck(studies: readonly StudyRow[]): ReadonlyMap<number, string> {
  const { data } = useQueues(studies.some((study) => (study.counts["queued"] ?? 0) > 0), BLOCKED_MS);
  return new Map(
    (data ?? []).flatMap((queue) =>
      queue.waiting.flatMap(({ study_id, blocked }) => {
        const reason = queue.blocked ?? blocked ?? null;
        return reason === null ? [] : [[study_id, reason] as const];
      }),
    ),
  );
}

interface RowProps {
  study: StudyRow;
  summary: StudySummary | undefined;
  trouble: string | null;
  stuck: string | undefined;
  current: boolean;
  chosen: boolean;
  onChoose: () => void;
  onOpen: () => void;
}

function Row({ study, summary, trouble, stuck, current, chosen, onChoose, onOpen }: RowProps) {
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- the name in it is a link for the keyboard
    <tr className={current ? "current" : undefined} aria-selected={chosen} onClick={onOpen} data-study={study.id}>
      <td className="study-name">
        {/* oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions -- keeps a click beside the box from opening the study */}
        <label className="study-pick" onClick={(event) => event.stopPropagation()}>
          <input type="checkbox" checked={chosen} onChange={onChoose} aria-label={`Select ${study.name}`} />
        </label>
        <div className="study-words">
          <Name study={study} />
        </div>
      </td>
      <td className="study-decided">
        <Decided summary={summary} trouble={trouble} />
      </td>
      <td className="study-seeds">
        <span className="cut muted">{study.metric}</span>
        <Spark arms={study.arms} metric={study.metric} direction={study.direction} />
      </td>
      <td className="study-progress">
        <StateCounts counts={study.counts} />
        <ProgressBar counts={study.counts} />
      </td>
      <td className="study-needs">
        <Attention study={study} summary={summary} stuck={stuck} />
      </td>
      <td className="study-recipe">
        <Searched by="recipe" value={study.recipe} className="plain cut" />
      </td>
      <td className="study-when">
        <When at={study.created_at} />
      </td>
    </tr>
  );
}

function Heads({ every, onEvery }: { every: boolean; onEvery: () => void }): ReactNode {
  return (
    <tr>
      <SortHead column="name" before={<input type="checkbox" className="study-pick" aria-label="Select all shown studies" checked={every} onChange={onEvery} />}>
        Study
      </SortHead>
      <th scope="col">Verdict</th>
      <th scope="col" className="study-seeds">
        Every seed
      </th>
      <th scope="col">Runs</th>
      <th scope="col">Needs attention</th>
      <SortHead column="recipe">Recipe</SortHead>
      <SortHead column="created_at" firstDescending>
        Submitted
      </SortHead>
    </tr>
  );
}

interface Props {
  studies: readonly StudyRow[];
  selected: readonly number[];
  onSelect: (ids: readonly number[]) => void;
  onOpen: (study: StudyRow) => void;
}

/** Studies as rows; `j` and `k` go through them, Enter opens. What is decided comes in after the rows, into its room. */
export function StudiesTable({ studies, selected, onSelect, onOpen }: Props) {
  const [at, setAt] = useState(-1);
  const summaries = useStudySummaries(studies);
  const stuck = useStuck(studies);
  const choose = (id: number) => onSelect(selected.includes(id) ? selected.filter((other) => other !== id) : [...selected, id]);
  const every = studies.every((study) => selected.includes(study.id));
  const step = (by: number) => setAt((before) => Math.max(0, Math.min(studies.length - 1, before + by)));
  useKeys([
    { keys: "j", does: "Next study", run: () => step(1) },
    { keys: "k", does: "Previous study", run: () => step(-1) },
    {
      keys: "x",
      does: "Select the study",
      run: () => {
        const study = studies[at];
        if (study !== undefined) choose(study.id);
      },
    },
    {
      keys: "o",
      does: "Open the study",
      run: () => {
        const study = studies[at];
        if (study !== undefined) onOpen(study);
      },
    },
  ]);
  return (
    <TableScroll className="studies-scroll">
      <table className="table studies">
        <thead>
          <Heads every={every} onEvery={() => onSelect(every ? [] : studies.map((study) => study.id))} />
        </thead>
        <tbody>
          {studies.map((study, index) => (
            <Row
              key={study.id}
              study={study}
              summary={summaries.of.get(study.id)}
              trouble={summaries.trouble}
              stuck={stuck.get(study.id)}
              current={index === at}
              chosen={selected.includes(study.id)}
              onChoose={() => choose(study.id)}
              onOpen={() => onOpen(study)}
            />
          ))}
        </tbody>
      </table>
    </TableScroll>
  );
}
