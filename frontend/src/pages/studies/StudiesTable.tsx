import { useState } from "react";
import { Link } from "react-router";
import type { StudyRow } from "../../api/types";
import { useKeys } from "../../keys/bindings";
import { ArmChip } from "../../parts/ArmChip";
import { Icon } from "../../parts/Icon";
import { ProgressBar, StateCounts } from "../../parts/Progress";
import { SortHead } from "../../parts/SortHead";
import { When } from "../../parts/Value";
import { Spark } from "./Spark";

const CHIPS = 4;

function Attention({ study }: { study: StudyRow }) {
  const parts = [
    { number: study.counts["failed"] ?? 0, told: "failed", sign: "close" as const, red: true },
    { number: study.diverged, told: "diverged", sign: "warning" as const, red: false },
    { number: study.excluded, told: "excluded", sign: "excluded" as const, red: false },
  ].filter((part) => part.number > 0);
  if (parts.length === 0) return <span className="muted">–</span>;
  return (
    <span className="attention">
      {parts.map((part) => (
        <span key={part.told} className={part.red ? "danger-text" : undefined}>
          <Icon name={part.sign} /> {part.number} {part.told}
        </span>
      ))}
    </span>
  );
}

function Row({ study, current, onOpen }: { study: StudyRow; current: boolean; onOpen: () => void }) {
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- the name in it is a link for the keyboard
    <tr className={current ? "current" : undefined} onClick={onOpen} data-study={study.id}>
      <td className="study-name">
        <Link to={`/studies/${study.id}`} className="cut" title={study.name} onClick={(event) => event.stopPropagation()}>
          {study.name}
        </Link>
        <span className="chips">
          {study.arms.slice(0, CHIPS).map((arm) => (
            <ArmChip key={arm.position} position={arm.position} name={arm.name} />
          ))}
          {study.arms.length > CHIPS ? <span className="muted">+{study.arms.length - CHIPS}</span> : null}
        </span>
      </td>
      <td>{study.recipe}</td>
      <td>
        <span className="cut">{study.metric}</span>
        <Spark arms={study.arms} metric={study.metric} />
      </td>
      <td className="study-progress">
        <StateCounts counts={study.counts} />
        <ProgressBar counts={study.counts} />
      </td>
      <td>
        <Attention study={study} />
      </td>
      <td>
        <span className="chips">
          {study.tags.map((tag) => (
            <span key={tag} className="tag cut">
              {tag}
            </span>
          ))}
        </span>
      </td>
      <td className="num">
        <When at={study.created_at} />
      </td>
    </tr>
  );
}

/** Studies as rows; `j` and `k` go through them, Enter opens. */
export function StudiesTable({ studies, onOpen }: { studies: readonly StudyRow[]; onOpen: (study: StudyRow) => void }) {
  const [at, setAt] = useState(-1);
  const step = (by: number) => setAt((before) => Math.max(0, Math.min(studies.length - 1, before + by)));
  useKeys([
    { keys: "j", does: "Next study", run: () => step(1) },
    { keys: "k", does: "Previous study", run: () => step(-1) },
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
    <div className="table-scroll">
      <table className="table">
        <thead>
          <tr>
            <SortHead column="name">Study</SortHead>
            <SortHead column="recipe">Recipe</SortHead>
            <th scope="col">Every seed</th>
            <th scope="col">Runs</th>
            <th scope="col">Attention</th>
            <th scope="col">Tags</th>
            <SortHead column="created_at" firstDescending>
              Submitted
            </SortHead>
          </tr>
        </thead>
        <tbody>
          {studies.map((study, index) => (
            <Row key={study.id} study={study} current={index === at} onOpen={() => onOpen(study)} />
          ))}
        </tbody>
      </table>
    </div>
  );
}
