import type { Fault } from "../../api/errors";
import { counted } from "../../lib/words";
import { faultText } from "./spec/faults";

const SHOWN = 8;

/** Puts the focus on the first field that is marked as wrong; says whether there was one. */
export function focusFirstFault(): boolean {
  const field = document.querySelector<HTMLElement>(".new-main [aria-invalid=true]");
  field?.focus();
  field?.scrollIntoView({ block: "center" });
  return field !== null;
}

/** Everything that keeps the study from being trained, beside the button; each also stands at its field. */
export function FaultList({ faults }: { faults: readonly Fault[] }) {
  return (
    <div className="note note-error" role="status">
      <p className="note-title">{counted(faults.length, "problem")} to fix before training</p>
      <ul className="faults">
        {faults.slice(0, SHOWN).map((fault) => (
          <li key={`${fault.field} ${fault.expected}`}>
            <code>{fault.field}</code>: {faultText(fault)}
          </li>
        ))}
        {faults.length > SHOWN ? <li>and {faults.length - SHOWN} more</li> : null}
      </ul>
      <button type="button" className="small" onClick={focusFirstFault}>
        Go to first problem
      </button>
    </div>
  );
}
