import { summaryChoices } from "../../../lib/values";
import type { Comparison } from "../../../api/types";
import { counted, unbroken } from "../../../lib/words";
import { ArmMark } from "../../../ui/marks/ArmChip";
import { Choice } from "../../../ui/controls/Choice";
import { useAddress } from "../../../state/address";
import { sharedMetrics, type NamedArm } from "../../../arms/named";

export interface ComparedPair {
  arm: NamedArm;
  view: Comparison;
}

interface Props {
  first: NamedArm;
  pairs: readonly ComparedPair[];
}

/** Which of the two won, by its place here. */
function wonBy(first: NamedArm, { arm, view }: ComparedPair): number | null {
  const { winner } = view;
  if (winner === null || winner === undefined) return null;
  // Two arms of one name are told apart by their studies.
  const twice = view.a.name === view.b.name;
  const told = ({ name, study_id }: Comparison["a"]) => (twice ? `${name} (study ${study_id ?? ""})` : name);
  return winner === told(view.a) ? first.place : winner === told(view.b) ? arm.place : null;
}

function Line({ first, pair, only }: { first: NamedArm; pair: ComparedPair; only: boolean }) {
  const { headline, detail = [], caveats = [] } = pair.view;
  const won = wonBy(first, pair);
  const rest = detail.join(" ");
  return (
    <li>
      <p className={only ? "verdict" : "verdict-more"}>
        {won === null ? null : <ArmMark position={won} size={14} />} {unbroken(headline)}
      </p>
      {rest === "" ? null : <p className="muted">{unbroken(rest)}</p>}
      {only && caveats.length > 0 ? (
        <ul className="caveats">
          {caveats.map((caveat) => (
            <li key={caveat.code}>
              {caveat.text} {caveat.code === "code" ? <a href="#code">Show the changed lines</a> : null}
            </li>
          ))}
        </ul>
      ) : null}
    </li>
  );
}

/** Whether the verdicts pay for how many there are: between arms of one study they do. */
function corrected(first: NamedArm, pairs: readonly ComparedPair[]): string {
  const fewest = Math.min(...pairs.map(({ view }) => view.looked_at));
  return fewest >= pairs.length
    ? `Verdicts are corrected for ${counted(fewest, "comparison")} with ${first.name}. The p-values below are not corrected.`
    : `${counted(pairs.length, "comparison")} with ${first.name} without correction: with more comparisons, a false positive becomes more likely.`;
}

/** The answer first: a sentence for every arm against the first, and by which metric it is told. */
export function ArmsAnswer({ first, pairs }: Props) {
  return (
    <section className="answer" aria-label="Answer">
      <div className="facts">
        <ul className="verdicts">
          {pairs.map((pair) => (
            <Line key={pair.arm.key} first={first} pair={pair} only={pairs.length === 1} />
          ))}
        </ul>
        {pairs.length < 2 ? null : <p className="muted">{corrected(first, pairs)}</p>}
      </div>
      <Metric arms={[first, ...pairs.map(({ arm }) => arm)]} view={pairs[0]?.view} />
    </section>
  );
}

function Metric({ arms, view }: { arms: readonly NamedArm[]; view: Comparison | undefined }) {
  const address = useAddress();
  const metrics = sharedMetrics(arms);
  if (view === undefined) return null;
  const decides = arms[0]?.of.metric;
  return (
    <div className="choice-line">
      {metrics.length < 2 ? null : (
        <Choice
          label="Metric"
          value={view.metric}
          options={metrics.map((name) => ({ value: name, name: name === decides ? `${name} (deciding)` : name }))}
          onChoose={(next) => address.set({ metric: next === decides ? null : next }, "push")}
        />
      )}
      <Choice
        label="Value used"
        value={view.summary ?? "last"}
        options={summaryChoices()}
        onChoose={(next) => address.set({ summary: next === arms[0]?.of.summary ? null : next }, "push")}
      />
    </div>
  );
}
