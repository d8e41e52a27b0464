import { useRef, useState } from "react";
import { Link } from "react-router";
import { ArmChip } from "../../../ui/marks/ArmChip";
import { Icon } from "../../../ui/marks/Icon";
import { useAddress } from "../../../state/address";
import { AddArms } from "./AddArms";
import { armKey, armsText, type ArmRef } from "../../../arms/address";
import type { NamedArm } from "../../../arms/named";
import { MOST_ARMS } from "../../../arms/question";

interface Props {
  refs: readonly ArmRef[];
  named: readonly NamedArm[];
  offered: boolean;
}

// An address that names no arm, unlike one that says nothing: whoever took all out wants to choose.
const NO_ARM = "none";

/** Which arms are compared: the first is what the others are compared with. */
export function PickArms({ refs, named, offered }: Props) {
  const address = useAddress();
  const [adding, setAdding] = useState(false);
  const more = useRef<HTMLButtonElement>(null);
  const set = (next: readonly ArmRef[]) => address.set({ arms: next.length === 0 ? NO_ARM : armsText(next), pair: null }, "push");
  const without = (key: string) => refs.filter((one) => armKey(one) !== key);
  const toggle = (arm: ArmRef) => {
    setAdding(true);
    const key = armKey(arm);
    set(refs.some((one) => armKey(one) === key) ? without(key) : [...refs, arm]);
  };
  const takeOut = (key: string) => {
    set(without(key));
    // The button that was pressed goes with its row.
    more.current?.focus();
  };
  const makeFirst = (arm: NamedArm) => {
    set([arm, ...without(arm.key)]);
    more.current?.focus();
  };
  const open = adding || refs.length < 2;
  return (
    <section className="card pick" aria-label="Compared arms">
      {offered ? (
        <p className="muted">
          No arms chosen: showing the first two arms of the latest study.
        </p>
      ) : null}
      <ul className="picked-list">
        {named.map((arm, order) => (
          <li key={arm.key} className="picked">
            <ArmChip position={arm.place} name={arm.name} />
            <Link to={`/studies/${arm.of.id}`} className="cut muted" title={arm.of.name}>
              {arm.of.name}
            </Link>
            <span className="picked-actions">
              {order === 0 ? (
                <span className="muted nowrap">baseline</span>
              ) : (
                <button type="button" className="quiet small" aria-label={`Set as baseline: ${arm.name}`} onClick={() => makeFirst(arm)}>
                  Set as baseline
                </button>
              )}
              <button type="button" className="quiet small" aria-label={`Remove ${arm.name}`} onClick={() => takeOut(arm.key)}>
                <Icon name="close" />
              </button>
            </span>
          </li>
        ))}
      </ul>
      {refs.length < 2 ? (
        <p className="muted">Add at least two arms. The first is the baseline.</p>
      ) : (
        <button ref={more} type="button" className="small" aria-expanded={open} onClick={() => setAdding(!adding)}>
          {open ? "Done" : "Add arms…"}
        </button>
      )}
      {open ? <AddArms refs={refs} onToggle={toggle} /> : null}
      {open && refs.length >= MOST_ARMS ? <p className="muted">{MOST_ARMS} arms at most. Remove one to add another.</p> : null}
    </section>
  );
}
