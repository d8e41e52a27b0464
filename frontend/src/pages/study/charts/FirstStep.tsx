import { useState, type SyntheticEvent } from "react";
import { useAddress } from "../../../state/address";
import { Popover } from "../../../ui/controls/Popover";
import { Icon } from "../../../ui/marks/Icon";

interface Props {
  metric: string;
  /** The metric's losses are better the lower they are: then the condition is one from above. */
  lower: boolean;
}

/** Show the first step at which runs reach a value of the metric, in place of the metric. */
export function FirstStep({ metric, lower }: Props) {
  const address = useAddress();
  const [typed, setTyped] = useState("");
  const level = Number(typed);
  const usable = typed.trim() !== "" && Number.isFinite(level);
  const show = (event: SyntheticEvent) => {
    event.preventDefault();
    if (usable) address.set({ metric: `first_step(${metric}${lower ? "<=" : ">="}${level})`, zoom: null }, "push");
  };
  return (
    <Popover
      className="choices"
      summary={
        <>
          First step at… <Icon name="down" />
        </>
      }
    >
      <form className="choices-list" onSubmit={show}>
        <label>
          {metric} {lower ? "≤" : "≥"}{" "}
          <input inputMode="decimal" value={typed} aria-invalid={typed !== "" && !usable} placeholder={lower ? "0.1" : "0.9"} onChange={(event) => setTyped(event.target.value)} />
        </label>
        <button type="submit" className="small" disabled={!usable}>
          Show
        </button>
      </form>
    </Popover>
  );
}
