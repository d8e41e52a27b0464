import type { Asked } from "../../../api/analysis";
import { type FigureQuery, useFigure } from "../../../api/figures";
import { armsText } from "../../../arms/address";
import type { NamedArm } from "../../../arms/named";
import { FigureCard } from "../../../figures/FigureCard";
import { FigureChoice } from "../../../figures/FigureChoice";
import { useAddress } from "../../../state/address";
import { label } from "../../../lib/words";
import { Choice } from "../../../ui/controls/Choice";

interface Props {
  arms: readonly NamedArm[];
  asked: Partial<Asked>;
}

type Name = "curves" | "distribution";

/** Curves and distributions of all arms, over each other or beside each other on one scale, and the pairs by seed. */
export function ArmsFigures({ arms, asked }: Props) {
  const address = useAddress();
  const beside = address.get("figures") === "beside";
  const chosen = (name: string) => address.get(name) ?? undefined;
  const figures = [
    { name: "curves", title: "Curves", asked: { ...asked, centre: chosen("centre"), smooth: chosen("smooth"), x: chosen("x"), log: address.get("log") === "1" ? true : undefined } },
    { name: "distribution", title: "Distribution", asked: { ...asked, kind: chosen("kind") } },
  ] as const;
  return (
    <section className="arms-figures" aria-label="Figures">
      <div className="toolbar">
        <div className="tabs" role="group" aria-label="Arms in the figures">
          <button type="button" className="quiet small" aria-pressed={!beside} onClick={() => address.set({ figures: null })}>
            over each other
          </button>
          <button type="button" className="quiet small" aria-pressed={beside} onClick={() => address.set({ figures: "beside" })}>
            side by side
          </button>
        </div>
        <FigureChoice figure="curves" option="centre" />
        <FigureChoice figure="distribution" option="kind" />
      </div>
      {beside ? (
        figures.map((figure) => (
          <div key={figure.name} className="figures">
            {arms.map((arm) => (
              <Beside key={arm.key} arm={arm} all={arms} {...figure} />
            ))}
          </div>
        ))
      ) : (
        <div className="figures">
          {figures.map((figure) => (
            <Over key={figure.name} arms={arms} {...figure} />
          ))}
          <Pairs arms={arms} asked={asked} />
        </div>
      )}
    </section>
  );
}

interface FigureProps {
  name: Name;
  title: string;
  asked: FigureQuery;
}

const LEAST_HEIGHT = 360;
const BESIDE_HEIGHT = 240;

function heightOf(name: Name, arms: number): number {
  return name === "distribution" ? Math.max(LEAST_HEIGHT, 64 + 64 * arms) : LEAST_HEIGHT;
}

function Over({ arms, name, title, asked }: FigureProps & { arms: readonly NamedArm[] }) {
  const subject = { arms: armsText(arms) };
  return <FigureCard query={useFigure(subject, name, asked)} name={title} subject={subject} figure={name} asked={asked} height={heightOf(name, arms.length)} />;
}

/** One arm by itself, in the colours and on the scale that all have together. */
function Beside({ arm, all, name, title, asked }: FigureProps & { arm: NamedArm; all: readonly NamedArm[] }) {
  const subject = { arms: arm.key, beside: armsText(all) };
  return (
    <FigureCard query={useFigure(subject, name, asked)} name={`${title} of ${arm.name}`} subject={subject} figure={name} chart={`${name}.${arm.key}`} asked={asked} height={BESIDE_HEIGHT} of={label(arm.name)} />
  );
}

/** Pairs by seed of the first arm and one other. */
function Pairs({ arms, asked }: Props) {
  const address = useAddress();
  const [first, ...others] = arms;
  const other = others.find(({ key }) => key === address.get("pair")) ?? others[0];
  if (first === undefined || other === undefined) return null;
  return <PairFigure first={first} other={other} others={others} asked={asked} />;
}

function PairFigure({ first, other, others, asked }: { first: NamedArm; other: NamedArm; others: readonly NamedArm[]; asked: Partial<Asked> }) {
  const address = useAddress();
  const subject = { arms: armsText([first, other]) };
  const query = { ...asked, kind: "slopes" };
  const actions =
    others.length < 2 ? null : (
      <Choice
        label={`minus ${first.name}:`}
        quiet
        value={other.key}
        options={others.map(({ key, name }) => ({ value: key, name: name.slice(0, 40) }))}
        onChoose={(pair) => address.set({ pair })}
      />
    );
  return (
    <FigureCard
      query={useFigure(subject, "differences", query)}
      name="Pairs by seed"
      subject={subject}
      figure="differences"
      asked={query}
      actions={actions}
      height={LEAST_HEIGHT}
    />
  );
}
