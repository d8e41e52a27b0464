import { useState } from "react";
import { Link } from "react-router";
import { ArmChip } from "../../parts/ArmChip";
import { Icon } from "../../parts/Icon";
import { useAddress } from "../../view/address";
import { AddArms } from "./AddArms";
import { armKey, armsText, type ArmRef } from "./address";
import type { NamedArm } from "./named";
import { MOST_ARMS } from "./question";

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
  const set = (next: readonly ArmRef[]) => address.set({ arms: next.length === 0 ? NO_ARM : armsText(next), pair: null }, "push");
  const without = (key: string) => refs.filter((one) => armKey(one) !== key);
  const open = adding || refs.length < 2;
  return (
    <section className="card pick" aria-label="What is compared">
      {offered ? (
        <p className="muted">
          Nothing was chosen yet: these are the first two arms of the latest study that has two. Add others, or take these out.
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
                <span className="muted nowrap">compared with</span>
              ) : (
                <button type="button" className="quiet small" aria-label={`Make first: ${arm.name}`} onClick={() => set([arm, ...without(arm.key)])}>
                  Make first
                </button>
              )}
              <button type="button" className="quiet small" aria-label={`Take ${arm.name} out`} onClick={() => set(without(arm.key))}>
                <Icon name="close" />
              </button>
            </span>
          </li>
        ))}
      </ul>
      {refs.length < 2 ? (
        <p className="muted">Two arms at least; the first is what the others are compared with.</p>
      ) : (
        <button type="button" className="small" aria-expanded={open} disabled={refs.length >= MOST_ARMS} onClick={() => setAdding(!adding)}>
          {refs.length >= MOST_ARMS ? `${MOST_ARMS} arms at the most` : open ? "Done" : "Add arms…"}
        </button>
      )}
      {open && refs.length < MOST_ARMS ? <AddArms refs={refs} onAdd={(arm) => set([...refs, arm])} /> : null}
    </section>
  );
}
