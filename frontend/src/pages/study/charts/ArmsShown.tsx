import "./ArmsShown.css";
import { useState } from "react";
import type { Study } from "../../../api/types";
import { useAddress } from "../../../state/address";
import { Popover } from "../../../ui/controls/Popover";
import { ArmChip } from "../../../ui/marks/ArmChip";
import { Icon } from "../../../ui/marks/Icon";
import type { Summary } from "../../../lib/values";
import { firstArms, MOST_SHOWN, shownArms, withArm, withArms } from "../asks/shown";
import { useUsualArms } from "./usualArms";

const MOST_CHIPS = 12;

interface Props {
  study: Study;
  metric: string;
  summary: Summary;
}

/** Which arms the charts show; in the address, so that a link shows the same. */
export function ArmsShown({ study, metric, summary }: Props) {
  const address = useAddress();
  const { arms } = study;
  const { usual, best } = useUsualArms(study, metric, summary);
  if (arms.length < 3) return null;
  const shown = shownArms(address.get("show"), arms.length, usual);
  const many = arms.length > MOST_CHIPS;
  const chips = many ? arms.filter(({ position }) => shown.includes(position)) : arms;
  return (
    <div className="arms-shown" role="group" aria-label="Arms in the charts">
      {many ? <ArmPicker arms={arms} shown={shown} usual={usual} best={best} /> : null}
      {chips.map(({ position, name }) => (
        <button
          key={position}
          type="button"
          className="small"
          aria-pressed={shown.includes(position)}
          title={shown.includes(position) ? "Hide in the charts" : "Show in the charts"}
          onClick={() => address.set({ show: withArm(address.get("show"), arms.length, position, usual) })}
        >
          <ArmChip position={position} name={name} />
        </button>
      ))}
    </div>
  );
}

interface PickerProps {
  arms: Study["arms"];
  shown: readonly number[];
  usual: readonly number[];
  best: readonly number[];
}

/** Choose among many arms: by name, or the best ones. */
function ArmPicker({ arms, shown, usual, best }: PickerProps) {
  const address = useAddress();
  const [typed, setTyped] = useState("");
  const text = typed.trim().toLowerCase();
  const matches = arms.filter(({ name }) => name.toLowerCase().includes(text));
  const show = (positions: readonly number[]) => address.set({ show: withArms(positions, usual) });
  return (
    <Popover
      className="choices arm-picker"
      summary={
        <>
          {shown.length} of {arms.length} arms <Icon name="down" />
        </>
      }
    >
      <div className="choices-list">
        <input type="search" aria-label="Find an arm" placeholder="Find an arm" value={typed} onChange={(event) => setTyped(event.target.value)} />
        <div className="arm-picker-sets">
          <button type="button" className="small" disabled={best.length === 0} onClick={() => show(best)}>
            Best {MOST_SHOWN}
          </button>
          <button type="button" className="small" onClick={() => show(firstArms(arms.length))}>
            First {MOST_SHOWN}
          </button>
        </div>
        {matches.length === 0 ? <p className="muted">No arm matches.</p> : null}
        {matches.map(({ position, name }) => (
          <label key={position}>
            <input type="checkbox" checked={shown.includes(position)} onChange={() => address.set({ show: withArm(address.get("show"), arms.length, position, usual) })} />
            <ArmChip position={position} name={name} />
          </label>
        ))}
      </div>
    </Popover>
  );
}
