import type { Summary } from "../../../lib/values";
import "./PointCard.css";
import { useEffect, useRef, useState } from "react";
import { Link } from "react-router";
import { useStudyChanges } from "../../../api/changes";
import { useReplay } from "../../../api/runs";
import type { CompactRuns, Study } from "../../../api/types";
import type { Place } from "../../../figures/Plot";
import { count, counted, duration, number } from "../../../lib/words";
import { ExcludeDialog } from "../../../ui/controls/ExcludeDialog";
import { ArmChip } from "../../../ui/marks/ArmChip";
import { Icon } from "../../../ui/marks/Icon";
import { shownState, StateMark } from "../../../ui/marks/StateMark";
import { ErrorNote } from "../../../ui/notes/Notes";

const SHOWN_METRICS = 4;
const WIDTH_PX = 280;
const ROOM_PX = 240;

/** Runs that were pressed in a chart, and where. */
export interface Pressed {
  runs: readonly number[];
  at: Place;
}

interface Props {
  study: Study;
  columns: CompactRuns;
  pressed: Pressed;
  summary: Summary;
  selected: readonly number[];
  onSelect: (runs: number[]) => void;
  onClose: () => void;
}

type Excluding = { what: string; runs: number[] } | null;

/** Show a pressed point: its values, and what can be done with its run. */
export function PointCard({ study, columns, pressed, summary, selected, onSelect, onClose }: Props) {
  const root = useRef<HTMLDivElement>(null);
  const [excluding, setExcluding] = useState<Excluding>(null);
  const changes = useStudyChanges(study.id);
  const replay = useReplay();
  useEffect(() => {
    root.current?.focus({ preventScroll: true });
    const outside = (event: Event) => {
      const target = event.target as HTMLElement;
      if (root.current?.contains(target) === false && target.closest("dialog") === null) onClose();
    };
    // On the document, before other keys: what had the focus in the card may be gone once its run is excluded.
    const escape = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || document.querySelector("dialog[open]") !== null) return;
      event.stopPropagation();
      onClose();
    };
    document.addEventListener("pointerdown", outside);
    document.addEventListener("keydown", escape, true);
    return () => {
      document.removeEventListener("pointerdown", outside);
      document.removeEventListener("keydown", escape, true);
    };
  }, [onClose]);
  const places = pressed.runs.map((run) => columns.id.indexOf(run)).filter((at) => at >= 0);
  const [first] = places;
  if (first === undefined) return null;
  const seed = columns.seed[first] ?? 0;
  const ofSeed = columns.id.filter((_, at) => columns.seed[at] === seed);
  const left = Math.max(8, Math.min(pressed.at.x + 12, window.innerWidth - WIDTH_PX - 8));
  const top = Math.max(8, Math.min(pressed.at.y + 12, window.innerHeight - ROOM_PX));
  const error = changes.include.error ?? replay.error;
  return (
    <div
      ref={root}
      className="point-card"
      role="dialog"
      aria-label={`Seed ${seed}`}
      tabIndex={-1}
      style={{ left, top }}
    >
      <header>
        <strong>Seed {count(seed)}</strong>
        <button type="button" className="quiet small" aria-label="Close" onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      {places.map((at) => {
        const run = columns.id[at] ?? 0;
        const arm = columns.arm[at] ?? 0;
        const excluded = columns.excluded_reason[at] ?? null;
        return (
          <section key={run}>
            <p className="point-arm">
              <ArmChip position={arm} name={study.arms[arm]?.name ?? String(arm)} />
              <StateMark state={shownState(columns.state[at] ?? "queued", columns.diverged[at] ?? false)} word />
            </p>
            <dl>
              {study.metrics.slice(0, SHOWN_METRICS).map((metric) => (
                <div key={metric}>
                  <dt className="cut">{metric}</dt>
                  <dd>{number(columns.metrics[metric]?.[summary][at] ?? null)}</dd>
                </div>
              ))}
              <div>
                <dt>Duration</dt>
                <dd>{duration(columns.duration_s[at])}</dd>
              </div>
            </dl>
            {excluded === null ? null : <p className="muted">Excluded: {excluded}</p>}
            <p className="point-actions members-only">
              <Link className="button small" to={`/runs/${run}`}>
                Open run
              </Link>
              {excluded === null ? (
                <button type="button" className="small" onClick={() => setExcluding({ what: `seed ${seed}`, runs: [run] })}>
                  Exclude…
                </button>
              ) : (
                <button type="button" className="small" onClick={() => changes.include.mutate([run])}>
                  Include again
                </button>
              )}
              {columns.state[at] === "finished" ? (
                <button type="button" className="small" disabled={replay.isPending} onClick={() => replay.mutate({ runs: [run], times: 1, allowChanged: false })}>
                  {replay.isSuccess ? "Replay queued" : "Replay"}
                </button>
              ) : null}
            </p>
          </section>
        );
      })}
      <p className="point-actions">
        <button type="button" className="small" onClick={() => onSelect([...pressed.runs])}>
          {pressed.runs.every((run) => selected.includes(run)) ? "Clear selection" : "Select"}
        </button>
        {study.arms.length > 1 ? (
          <button type="button" className="small members-only" onClick={() => setExcluding({ what: `seed ${seed} in all arms (${counted(ofSeed.length, "run")})`, runs: ofSeed })}>
            Exclude seed {count(seed)} in all arms…
          </button>
        ) : null}
      </p>
      {error === null ? null : <ErrorNote error={error} />}
      {excluding === null ? null : (
        <ExcludeDialog what={excluding.what} onClose={() => setExcluding(null)} onExclude={(reason) => changes.exclude.mutateAsync({ runs: excluding.runs, reason })} />
      )}
    </div>
  );
}
