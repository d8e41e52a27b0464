import { useStudyFigure } from "../../api/figures";
import type { Study } from "../../api/types";
import { FigureCard } from "../../figures/FigureCard";
import { Choice } from "../../parts/Choice";
import { useAddress } from "../../view/address";
import type { Summary } from "./rows";

const KINDS = [
  { value: "box", name: "box" },
  { value: "violin", name: "violin" },
  { value: "points", name: "points alone" },
  { value: "ecdf", name: "cumulative" },
] as const;

const CENTRES = [
  { value: "median", name: "median, middle half" },
  { value: "mean", name: "mean, interval" },
] as const;

interface Props {
  study: Study;
  metric: string;
  summary: Summary;
  pinned: readonly number[];
  onRun: (run: number) => void;
}

/** Curves, distribution and, with two arms or more, the differences by seed. */
export function StudyFigures({ study, metric, summary, pinned, onRun }: Props) {
  const address = useAddress();
  const kind = address.get("kind") ?? "box";
  const centre = address.get("centre") ?? "median";
  const log = address.get("log") === "1";
  const asked = { metric, summary };
  const curves = useStudyFigure(study.id, "curves", { ...asked, centre, ...(log ? { log } : {}) });
  const distribution = useStudyFigure(study.id, "distribution", { ...asked, kind });
  return (
    <div className="figures">
      <FigureCard
        query={curves}
        name="Curves"
        pinned={pinned}
        onRun={onRun}
        actions={
          <>
            <label className="tick">
              <input type="checkbox" checked={log} onChange={() => address.set({ log: log ? null : "1" })} /> log
            </label>
            <Choice label="Line and band" quiet value={centre} options={CENTRES} onChoose={(next) => address.set({ centre: next })} />
          </>
        }
      />
      <FigureCard
        query={distribution}
        name="Distribution"
        pinned={pinned}
        onRun={onRun}
        actions={<Choice label="Drawn as" quiet value={kind} options={KINDS} onChoose={(next) => address.set({ kind: next })} />}
      />
    </div>
  );
}
