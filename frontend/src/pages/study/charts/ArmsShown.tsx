import "./ArmsShown.css";
import type { Study } from "../../../api/types";
import { useAddress } from "../../../state/address";
import { ArmChip } from "../../../ui/marks/ArmChip";
import { shownArms, withArm } from "../asks/shown";

const MOST_CHIPS = 24;

/** Which arms the charts show; in the address, so that a link shows the same. */
export function ArmsShown({ study }: { study: Study }) {
  const address = useAddress();
  if (study.arms.length < 3) return null;
  const shown = shownArms(address.get("show"), study.arms.length);
  return (
    <div className="arms-shown" role="group" aria-label="Arms in the charts">
      {study.arms.slice(0, MOST_CHIPS).map(({ position, name }) => (
        <button
          key={position}
          type="button"
          className="small"
          aria-pressed={shown.includes(position)}
          title={shown.includes(position) ? "Hide in the charts" : "Show in the charts"}
          onClick={() => address.set({ show: withArm(address.get("show"), study.arms.length, position) })}
        >
          <ArmChip position={position} name={name} />
        </button>
      ))}
    </div>
  );
}
