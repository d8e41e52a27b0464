import { useMemo } from "react";
import { useFigure, useFigureKinds } from "../../../api/figures";
import type { FigureKind, Study } from "../../../api/types";
import { FigureCard } from "../../../figures/FigureCard";
import { useAddress } from "../../../state/address";
import { askedBy } from "../asks/asked";
import { differingParameters } from "../runs/rows";

interface Props {
  study: Study;
  /** Names of the figures that are on the page already. */
  drawn: readonly string[];
}

/** Further evidence, each figure fetched when it is asked for; which ones are open is in the address. */
export function MoreFigures({ study, drawn }: Props) {
  const address = useAddress();
  const kinds = useFigureKinds().data ?? [];
  const open = (address.get("more") ?? "").split(",").filter((name) => name !== "");
  const toggle = (name: string) => {
    const next = open.includes(name) ? open.filter((other) => other !== name) : [...open, name];
    address.set({ more: next.join(",") });
  };
  const parameters = useMemo(() => differingParameters(study.spec.arms ?? []).names, [study.spec.arms]);
  const offers = kinds.filter(
    (kind) => kind.shown !== "never" && (kind.shown !== "parameters" || parameters.length > 0) && study.arms.length >= kind.fewest_arms && !drawn.includes(kind.name),
  );
  return (
    <>
      <div className="offers" role="group" aria-label="Further figures">
        {offers.map((offer) => (
          <button key={offer.name} type="button" className="small" aria-pressed={open.includes(offer.name)} onClick={() => toggle(offer.name)}>
            {offer.title}
          </button>
        ))}
      </div>
      {open.length === 0 ? null : (
        <div className="figures">
          {offers
            .filter((offer) => open.includes(offer.name))
            .map((offer) => (
              <More key={offer.name} study={study} offer={offer} parameters={parameters} />
            ))}
        </div>
      )}
    </>
  );
}

function More({ study, offer, parameters }: { study: Study; offer: FigureKind; parameters: readonly string[] }) {
  const address = useAddress();
  const a = Number(address.get("a") ?? 0);
  const b = Number(address.get("b") ?? (a === 1 ? 0 : 1));
  const options = Object.fromEntries(offer.options.flatMap(({ name }) => (address.get(name) === null ? [] : [[name, address.get(name) ?? ""]])));
  const asked = { ...askedBy(address.get).number, ...options, ...(study.arms.length > 1 ? { a, b } : {}) };
  const subject = { study: study.id };
  const query = useFigure(subject, offer.name, asked, { costly: offer.shown !== "always" });
  return <FigureCard query={query} name={offer.title} subject={subject} figure={offer.name} asked={asked} parameters={parameters} />;
}
