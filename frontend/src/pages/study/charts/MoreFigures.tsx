import { useStudyFigure } from "../../../api/figures";
import type { Study } from "../../../api/types";
import { FigureCard } from "../../../figures/FigureCard";
import { useAddress } from "../../../state/address";
import { askedBy } from "../asked";

interface Offer {
  name: string;
  told: string;
  arms: 1 | 2;
}

const OFFERS: readonly Offer[] = [
  { name: "differences", told: "Differences by seed", arms: 2 },
  { name: "power", told: "Seeds needed", arms: 1 },
  { name: "arrival", told: "Difference over seeds", arms: 2 },
  { name: "winner", told: "Would fewer seeds name the same winner?", arms: 2 },
  { name: "improvement", told: "Probability of improvement", arms: 2 },
  { name: "best-of-k", told: "Best of k seeds", arms: 1 },
  { name: "profile", told: "Performance profile", arms: 1 },
  { name: "churn", told: "Prediction churn", arms: 1 },
];

interface Props {
  study: Study;
  /** Whether the differences by seed are among what is offered, instead of on the page already. */
  differences: boolean;
}

/** Further evidence, each figure fetched when it is asked for; which ones are open is in the address. */
export function MoreFigures({ study, differences }: Props) {
  const address = useAddress();
  const open = (address.get("more") ?? "").split(",").filter((name) => name !== "");
  const toggle = (name: string) => {
    const next = open.includes(name) ? open.filter((other) => other !== name) : [...open, name];
    address.set({ more: next.join(",") });
  };
  const offers = OFFERS.filter((offer) => study.arms.length >= offer.arms && (differences || offer.name !== "differences"));
  return (
    <>
      <div className="offers" role="group" aria-label="Further figures">
        {offers.map((offer) => (
          <button key={offer.name} type="button" className="small" aria-pressed={open.includes(offer.name)} onClick={() => toggle(offer.name)}>
            {offer.told}
          </button>
        ))}
      </div>
      {open.length === 0 ? null : (
        <div className="figures">
          {offers
            .filter((offer) => open.includes(offer.name))
            .map((offer) => (
              <More key={offer.name} study={study} offer={offer} />
            ))}
        </div>
      )}
    </>
  );
}

function More({ study, offer }: { study: Study; offer: Offer }) {
  const address = useAddress();
  const a = Number(address.get("a") ?? 0);
  const b = Number(address.get("b") ?? (a === 1 ? 0 : 1));
  const asked = { ...askedBy(address.get).number, ...(study.arms.length > 1 ? { a, b } : {}) };
  return <FigureCard query={useStudyFigure(study.id, offer.name, asked)} name={offer.told} study={study.id} asked={asked} />;
}
