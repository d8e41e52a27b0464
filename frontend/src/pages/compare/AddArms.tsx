import { useState } from "react";
import { useStudies } from "../../api/studies";
import type { StudyRow } from "../../api/types";
import { ArmChip } from "../../parts/ArmChip";
import { ErrorNote } from "../../parts/Notes";
import { useDebounced } from "../../view/useDebounced";
import { armKey, type ArmRef } from "./address";

interface Props {
  refs: readonly ArmRef[];
  onAdd: (arm: ArmRef) => void;
}

const TYPING_MS = 150;
const SHOWN = 8;

/** Arms of every study, found as one types; those of the studies compared already come first. */
export function AddArms({ refs, onAdd }: Props) {
  const [search, setSearch] = useState("");
  const settled = useDebounced(search.trim(), TYPING_MS);
  const studies = useStudies({ per_page: SHOWN, ...(settled === "" ? {} : { query: settled }) });
  const chosen = new Set(refs.map(({ study }) => study));
  const found = (studies.data?.items ?? []).toSorted((one, other) => Number(chosen.has(other.id)) - Number(chosen.has(one.id)));
  return (
    <div className="add-arms">
      <input
        type="search"
        aria-label="Find studies"
        placeholder="Find studies by name, recipe:digits-mlp, tag:paper …"
        value={search}
        onChange={(event) => setSearch(event.target.value)}
      />
      {studies.error === null ? null : <ErrorNote error={studies.error} />}
      <ul className="add-list">
        {found.map((study) => (
          <Offer key={study.id} study={study} refs={refs} onAdd={onAdd} />
        ))}
      </ul>
      {studies.data !== undefined && found.length === 0 ? <p className="muted">No study matches.</p> : null}
      {(studies.data?.total ?? 0) > SHOWN ? (
        <p className="figure-notes">The {SHOWN} latest of {studies.data?.total}; type to find others.</p>
      ) : null}
    </div>
  );
}

function Offer({ study, refs, onAdd }: Props & { study: StudyRow }) {
  const taken = new Set(refs.map(armKey));
  const left = study.arms.filter(({ position }) => !taken.has(armKey({ study: study.id, arm: position })));
  return (
    <li>
      <span className="cut" title={study.name}>
        {study.name}
      </span>
      <span className="offers">
        {left.length === 0 ? <span className="muted">All of its arms are here.</span> : null}
        {left.map((arm) => (
          <button
            key={arm.position}
            type="button"
            className="small"
            aria-label={`Add ${arm.name} of ${study.name}`}
            onClick={() => onAdd({ study: study.id, arm: arm.position })}
          >
            <ArmChip position={arm.position} name={arm.name} />
          </button>
        ))}
      </span>
    </li>
  );
}
