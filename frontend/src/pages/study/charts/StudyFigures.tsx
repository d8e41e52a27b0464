import { useCallback, useState } from "react";
import type { Place } from "../../../figures/Plot";
import { PointCard, type Pressed } from "./PointCard";
import { useStudyFigure } from "../../../api/figures";
import type { CompactRuns, Study } from "../../../api/types";
import { CENTRES, KINDS } from "../../../figures/choices";
import { FigureCard } from "../../../figures/FigureCard";
import { Choice } from "../../../ui/controls/Choice";
import { useAddress } from "../../../state/address";
import { askedBy } from "../asked";
import { armsDifferInSeeding } from "../design";
import { MoreFigures } from "./MoreFigures";

const PAIR_KINDS = [
  { value: "dots", name: "Differences" },
  { value: "slopes", name: "Pairs" },
] as const;

interface Props {
  study: Study;
  pinned: readonly number[];
  columns: CompactRuns | undefined;
  summary: "last" | "best";
  /** Add runs to the selection, or take them out. */
  onSelect: (runs: number[]) => void;
}

interface ChartProps extends Pick<Props, "study" | "pinned"> {
  onRuns: (runs: number[], at: Place) => void;
}

/** Curves, distribution and, where the arms ask which mean is higher, the differences by seed; the rest on demand. */
export function StudyFigures(props: Props) {
  const [pressed, setPressed] = useState<Pressed | null>(null);
  const close = useCallback(() => setPressed(null), []);
  const charts: ChartProps = { study: props.study, pinned: props.pinned, onRuns: (runs, at) => setPressed({ runs, at }) };
  const asksMeans = props.study.arms.length > 1 && !armsDifferInSeeding(props.study);
  return (
    <>
      <div className="figures study-charts">
        <Curves {...charts} />
        <Distribution {...charts} />
        {asksMeans ? <Differences {...charts} /> : null}
      </div>
      <MoreFigures study={props.study} differences={!asksMeans} />
      {pressed === null || props.columns === undefined ? null : (
        <PointCard
          key={pressed.runs.join()}
          study={props.study}
          columns={props.columns}
          pressed={pressed}
          summary={props.summary}
          selected={props.pinned}
          onSelect={props.onSelect}
          onClose={close}
        />
      )}
    </>
  );
}

function Curves({ study, pinned, onRuns }: ChartProps) {
  const address = useAddress();
  const centre = address.get("centre") === "mean" ? "mean" : "median";
  const log = address.get("log") === "1";
  const asked = askedBy(address.get).curves;
  const query = useStudyFigure(study.id, "curves", asked);
  return (
    <FigureCard
      query={query}
      study={study.id}
      asked={asked}
      name="Curves"
      pinned={pinned}
      onRuns={onRuns}
      actions={
        <>
          <label className="tick">
            <input type="checkbox" checked={log} onChange={() => address.set({ log: log ? null : "1" })} /> log
          </label>
          <Choice label="Center and band" quiet value={centre} options={CENTRES} onChoose={(next) => address.set({ centre: next })} />
        </>
      }
    />
  );
}

function Distribution({ study, pinned, onRuns }: ChartProps) {
  const address = useAddress();
  const kind = address.get("kind") ?? "box";
  const asked = askedBy(address.get).distribution;
  const query = useStudyFigure(study.id, "distribution", asked);
  return (
    <FigureCard
      query={query}
      study={study.id}
      asked={asked}
      name="Distribution"
      pinned={pinned}
      onRuns={onRuns}
      actions={<Choice label="Chart type" quiet value={kind} options={KINDS} onChoose={(next) => address.set({ kind: next })} />}
    />
  );
}

function Differences({ study, pinned, onRuns }: ChartProps) {
  const address = useAddress();
  const kind = address.get("pairs") ?? "dots";
  const a = Number(address.get("a") ?? 0);
  const b = Number(address.get("b") ?? (a === 1 ? 0 : 1));
  const asked = { ...askedBy(address.get).number, kind, a, b };
  const query = useStudyFigure(study.id, "differences", asked);
  const arms = study.arms.map((arm) => ({ value: String(arm.position), name: arm.name.slice(0, 40) }));
  return (
    <FigureCard
      query={query}
      study={study.id}
      asked={asked}
      name="Differences by seed"
      pinned={pinned}
      onRuns={onRuns}
      actions={
        <>
          {arms.length > 2 ? (
            <>
              <Choice label="Compared arm" quiet value={String(b)} options={arms.filter((arm) => arm.value !== String(a))} onChoose={(next) => address.set({ b: next })} />
              <span className="muted" aria-hidden="true">
                −
              </span>
              <Choice label="Compared with" quiet value={String(a)} options={arms.filter((arm) => arm.value !== String(b))} onChoose={(next) => address.set({ a: next })} />
            </>
          ) : null}
          <Choice label="Chart type" quiet value={kind} options={PAIR_KINDS} onChoose={(next) => address.set({ pairs: next })} />
        </>
      }
    />
  );
}
