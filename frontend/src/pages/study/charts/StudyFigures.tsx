import type { Summary } from "../../../lib/values";
import { useCallback, useState } from "react";
import type { Place } from "../../../figures/Plot";
import { PointCard, type Pressed } from "./PointCard";
import { useFigure } from "../../../api/figures";
import type { CompactRuns, Study } from "../../../api/types";
import { FigureCard } from "../../../figures/FigureCard";
import { FigureChoice } from "../../../figures/FigureChoice";
import { Choice } from "../../../ui/controls/Choice";
import { Icon } from "../../../ui/marks/Icon";
import { useAddress } from "../../../state/address";
import { askedBy } from "../asks/asked";
import { armsDifferInSeeding } from "../asks/design";
import { type Pin, pinKey, readPins, toggled } from "../asks/pins";
import { withArm } from "../asks/shown";
import { MoreFigures } from "./MoreFigures";
import { useUsualArms } from "./usualArms";

interface Props {
  study: Study;
  metric: string;
  pinned: readonly number[];
  columns: CompactRuns | undefined;
  summary: Summary;
  /** Add runs to the selection, or take them out. */
  onSelect: (runs: number[]) => void;
}

interface ChartProps extends Pick<Props, "study" | "pinned" | "metric"> {
  onRuns: (runs: number[], at: Place) => void;
  onArm: (position: number) => void;
}

/** Curves, distribution and, where the arms ask which mean is higher, the differences by seed; the rest on demand. */
export function StudyFigures(props: Props) {
  const address = useAddress();
  const [pressed, setPressed] = useState<Pressed | null>(null);
  const { usual, pair } = useUsualArms(props.study, props.metric, props.summary);
  const close = useCallback(() => setPressed(null), []);
  const charts: ChartProps = {
    study: props.study,
    metric: props.metric,
    pinned: props.pinned,
    onRuns: (runs, at) => setPressed({ runs, at }),
    onArm: (position) => address.set({ show: withArm(address.get("show"), props.study.arms.length, position, usual) }),
  };
  const asksMeans = props.study.arms.length > 1 && !armsDifferInSeeding(props.study);
  const pins = readPins(address.get("also")).filter(({ figure, metric }) => (figure === "curves" || figure === "distribution") && props.study.metrics.includes(metric));
  return (
    <>
      <div className="figures study-charts">
        <Curves {...charts} />
        <Distribution {...charts} />
        {asksMeans ? <Differences {...charts} pair={pair} /> : null}
        {pins.map((pin) => (pin.figure === "curves" ? <Curves key={pinKey(pin)} {...charts} pin={pin} /> : <Distribution key={pinKey(pin)} {...charts} pin={pin} />))}
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

/** Whether the chips above the charts say which arm is which. */
function namesArms(study: Study): boolean {
  return study.arms.length > 3;
}

/** Keep a chart of this metric on the page whatever metric is chosen, or take it away again. */
function PinButton({ pin, pinned }: { pin: Pin; pinned: boolean }) {
  const address = useAddress();
  const what = `${pin.figure} of ${pin.metric}`;
  return (
    <button
      type="button"
      className="quiet"
      aria-pressed={pinned}
      aria-label={pinned ? `Unpin ${what}` : `Pin ${what}`}
      title={pinned ? "Unpin" : "Keep this chart when the metric changes"}
      onClick={() => address.set({ also: toggled(address.get("also"), pin) })}
    >
      <Icon name={pinned ? "close" : "pin"} />
    </button>
  );
}

function Curves({ study, metric, pinned, onRuns, onArm, pin }: ChartProps & { pin?: Pin }) {
  const address = useAddress();
  const log = address.get("log") === "1";
  const asked = { ...askedBy(address.get).curves, ...(pin === undefined ? {} : { metric: pin.metric }) };
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
      onArm={onArm}
      legend={!namesArms(study)}
      {...(pin === undefined ? {} : { chart: pinKey(pin) })}
      actions={
        <>
          {pin === undefined ? (
            <>
              <label className="tick">
                <input type="checkbox" checked={log} onChange={() => address.set({ log: log ? null : "1", zoom: null })} /> log
              </label>
              <FigureChoice figure="curves" option="centre" quiet />
            </>
          ) : null}
          <PinButton pin={pin ?? { figure: "curves", metric }} pinned={pin !== undefined} />
        </>
      }
    />
  );
}

function Distribution({ study, metric, pinned, onRuns, onArm, pin }: ChartProps & { pin?: Pin }) {
  const address = useAddress();
  const asked = { ...askedBy(address.get).distribution, ...(pin === undefined ? {} : { metric: pin.metric }) };
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
      onArm={onArm}
      legend={!namesArms(study)}
      {...(pin === undefined ? {} : { chart: pinKey(pin) })}
      actions={
        <>
          {pin === undefined ? <FigureChoice figure="distribution" option="kind" quiet /> : null}
          <PinButton pin={pin ?? { figure: "distribution", metric }} pinned={pin !== undefined} />
        </>
      }
    />
  );
}

const PAIRS = { kind: "pairs" };

function Differences({ study, pinned, onRuns, pair }: ChartProps & { pair: readonly [number, number] | null }) {
  const address = useAddress();
  const [second, first] = pair ?? [0, 1];
  const a = Number(address.get("a") ?? (address.get("b") === String(second) ? first : second));
  const b = Number(address.get("b") ?? (a === first ? second : first));
  const asked = { ...askedBy(address.get).number, kind: address.get("pairs") ?? undefined, a, b };
  const subject = { study: study.id };
  const query = useFigure(subject, "differences", asked, { waits: pair === null });
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
      params={PAIRS}
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
