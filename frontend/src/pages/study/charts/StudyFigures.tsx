import { useCallback, useState } from "react";
import type { Place } from "../../../figures/Plot";
import { PointCard, type Pressed } from "./PointCard";
import { useFigure } from "../../../api/figures";
import type { CompactRuns, Study } from "../../../api/types";
import { FigureCard } from "../../../figures/FigureCard";
import { FigureChoice } from "../../../figures/FigureChoice";
import { Choice } from "../../../ui/controls/Choice";
import { useAddress } from "../../../state/address";
import { askedBy } from "../asks/asked";
import { armsDifferInSeeding } from "../asks/design";
import { MoreFigures } from "./MoreFigures";

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
      <MoreFigures study={props.study} drawn={["curves", "distribution", ...(asksMeans ? ["differences"] : [])]} />
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
  const log = address.get("log") === "1";
  const asked = askedBy(address.get).curves;
  const subject = { study: study.id };
  const query = useFigure(subject, "curves", asked);
  return (
    <FigureCard
      query={query}
      subject={subject}
      figure="curves"
      asked={asked}
      name="Curves"
      pinned={pinned}
      onRuns={onRuns}
      actions={
        <>
          <label className="tick">
            <input type="checkbox" checked={log} onChange={() => address.set({ log: log ? null : "1" })} /> log
          </label>
          <FigureChoice figure="curves" option="centre" quiet />
        </>
      }
    />
  );
}

function Distribution({ study, pinned, onRuns }: ChartProps) {
  const address = useAddress();
  const asked = askedBy(address.get).distribution;
  const subject = { study: study.id };
  const query = useFigure(subject, "distribution", asked);
  return (
    <FigureCard
      query={query}
      subject={subject}
      figure="distribution"
      asked={asked}
      name="Distribution"
      pinned={pinned}
      onRuns={onRuns}
      actions={<FigureChoice figure="distribution" option="kind" quiet />}
    />
  );
}

function Differences({ study, pinned, onRuns }: ChartProps) {
  const address = useAddress();
  const a = Number(address.get("a") ?? 0);
  const b = Number(address.get("b") ?? (a === 1 ? 0 : 1));
  const asked = { ...askedBy(address.get).number, kind: address.get("pairs") ?? undefined, a, b };
  const subject = { study: study.id };
  const query = useFigure(subject, "differences", asked);
  const arms = study.arms.map((arm) => ({ value: String(arm.position), name: arm.name.slice(0, 40) }));
  return (
    <FigureCard
      query={query}
      subject={subject}
      figure="differences"
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
          <FigureChoice figure="differences" option="kind" param="pairs" quiet />
        </>
      }
    />
  );
}
