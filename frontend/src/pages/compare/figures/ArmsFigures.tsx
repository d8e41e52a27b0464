import { type ReactNode, useMemo } from "react";
import type { Asked } from "../../../api/analysis";
import { type FigureQuery, useStudyFigure } from "../../../api/figures";
import { FigureCard } from "../../../figures/FigureCard";
import { CENTRES, KINDS } from "../../../figures/choices";
import type { Figure } from "../../../lib/figure";
import { counted } from "../../../lib/words";
import { useAddress } from "../../../state/address";
import { Choice } from "../../../ui/controls/Choice";
import type { NamedArm } from "../../../arms/named";
import { armsCsv, joined, useArmFigures } from "./armFigures";
import { onOneScale, overlaidFigures, stackedFigures } from "./merged";

interface Props {
  arms: readonly NamedArm[];
  several: boolean;
  asked: Partial<Asked>;
}

/** Curves and distributions of all arms, over each other or beside each other on one scale, and the pairs by seed. */
export function ArmsFigures({ arms, several, asked }: Props) {
  const address = useAddress();
  const beside = address.get("figures") === "beside";
  const centre = address.get("centre") === "mean" ? "mean" : "median";
  const kind = KINDS.find(({ value }) => value === address.get("kind"))?.value ?? "box";
  const curves = { ...asked, ...(centre === "mean" ? { centre } : {}) };
  const distribution = { ...asked, ...(kind === "box" ? {} : { kind }) };
  const shown = { arms, several };
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
        <Choice label="Center and band" value={centre} options={CENTRES} onChoose={(next) => address.set({ centre: next === "median" ? null : next })} />
        <Choice label="Chart type" value={kind} options={KINDS} onChoose={(next) => address.set({ kind: next === "box" ? null : next })} />
      </div>
      {beside ? (
        <>
          <Beside arms={arms} name="curves" asked={curves} told="Curves" axis="y" />
          <Beside arms={arms} name="distribution" asked={distribution} told="Distribution" axis="x" />
        </>
      ) : (
        <div className="figures">
          <Over {...shown} name="curves" asked={curves} told="Curves" />
          <Over {...shown} name="distribution" asked={distribution} told="Distribution" />
          {several ? null : <Pairs arms={arms} asked={asked} />}
        </div>
      )}
    </section>
  );
}

interface FigureProps {
  arms: readonly NamedArm[];
  name: "curves" | "distribution";
  asked: FigureQuery;
  told: string;
}

function Over({ several, ...figure }: FigureProps & { several: boolean }) {
  return several ? <Joined {...figure} /> : <OfStudy {...figure} />;
}

/** Arms of one study: the service draws them together. */
function OfStudy({ arms, name, asked, told }: FigureProps) {
  const study = arms[0]?.study ?? 0;
  const query = { ...asked, arms: arms.map(({ arm }) => arm).join(",") };
  return <FigureCard query={useStudyFigure(study, name, query)} name={told} study={study} asked={query} height={heightOf(name, arms)} />;
}

/** Arms of several studies: each study draws its own, and they are laid over each other here. */
function Joined({ arms, name, asked, told }: FigureProps) {
  const states = useArmFigures(arms, name, asked);
  const query = useMemo(() => joined(states, (figures) => draw(figures, name, titleOf(figures, arms))), [states, name, arms]);
  return <FigureCard query={query} name={told} csv={() => armsCsv(arms, name, asked)} height={heightOf(name, arms)} />;
}

function draw(figures: readonly Figure[], name: string, title: string): Figure | null {
  const rows = name === "distribution" && figures.some(({ empty, layout }) => !empty && "ticktext" in (layout["yaxis"] as object));
  return rows ? stackedFigures(figures, title) : overlaidFigures(figures, title);
}

/** `Validation accuracy over steps, 3 arms of 2 studies`. */
function titleOf(figures: readonly Figure[], arms: readonly NamedArm[]): string {
  const subject = ((figures.find(({ empty }) => !empty) ?? figures[0])?.title ?? "").replace(/, \d+ seeds?( per arm)?$/, "").replace(/ over \d+ seeds?( per arm)?/, "");
  const studies = new Set(arms.map(({ study }) => study)).size;
  return `${subject}, ${counted(arms.length, "arm")} of ${counted(studies, "study", "studies")}`;
}

const LEAST_HEIGHT = 360;

function heightOf(name: string, arms: readonly NamedArm[]): number {
  return name === "distribution" ? Math.max(LEAST_HEIGHT, 64 + 64 * arms.length) : LEAST_HEIGHT;
}

function Beside({ arms, name, asked, told, axis }: FigureProps & { axis: "x" | "y" }) {
  const states = useArmFigures(arms, name, asked);
  const figures = useMemo(() => {
    const there = states.flatMap(({ data }) => (data === undefined ? [] : [data]));
    return there.length === states.length ? onOneScale(there, axis) : null;
  }, [states, axis]);
  return (
    <div className="figures">
      {arms.map((arm, at) => (
        <FigureCard
          key={arm.key}
          query={{ error: null, refetch: () => undefined, ...states[at], data: figures?.[at] ?? states[at]?.data }}
          name={`${told} of ${arm.name}`}
          study={arm.study}
          asked={{ ...asked, arms: String(arm.arm) }}
          height={240}
        />
      ))}
    </div>
  );
}

/** Pairs by seed of the first arm and one other, where one study holds both. */
function Pairs({ arms, asked }: { arms: readonly NamedArm[]; asked: Partial<Asked> }) {
  const address = useAddress();
  const [first, ...others] = arms;
  const other = others.find(({ key }) => key === address.get("pair")) ?? others[0];
  if (first === undefined || other === undefined) return null;
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
  return <PairFigure a={first} b={other} asked={asked} actions={actions} />;
}

function PairFigure({ a, b, asked, actions }: { a: NamedArm; b: NamedArm; asked: Partial<Asked>; actions: ReactNode }) {
  const query = { ...asked, a: a.arm, b: b.arm, kind: "slopes" };
  return <FigureCard query={useStudyFigure(a.study, "differences", query)} name="Pairs by seed" study={a.study} asked={query} actions={actions} height={LEAST_HEIGHT} />;
}
