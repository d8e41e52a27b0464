import { useState } from "react";
import { useStudies, useStudy } from "../../api/studies";
import { ArmChip } from "../../parts/ArmChip";
import { Choice } from "../../parts/Choice";
import { useAddress } from "../../view/address";
import { Icon } from "../../parts/Icon";
import { armKey, armsText, type ArmRef } from "./address";

function Picked({ arm, onRemove }: { arm: ArmRef; onRemove: () => void }) {
  const study = useStudy(arm.study);
  const name = study.data?.arms[arm.arm]?.name ?? armKey(arm);
  return (
    <li className="picked">
      <ArmChip position={arm.arm} name={name} />
      <span className="muted cut" title={study.data?.name}>
        {study.data?.name ?? `study ${arm.study}`}
      </span>
      <button type="button" className="quiet small" aria-label={`Take ${name} out`} onClick={onRemove}>
        <Icon name="close" />
      </button>
    </li>
  );
}

/** Which arms are compared: the first is what the others are compared with. */
export function PickArms({ arms }: { arms: readonly ArmRef[] }) {
  const address = useAddress();
  const studies = useStudies({ per_page: 100 });
  const all = studies.data?.items ?? [];
  const [picked, setPicked] = useState<string | null>(null);
  const chosen = all.find((study) => String(study.id) === (picked ?? String(arms[0]?.study ?? all[0]?.id)));
  const set = (next: readonly ArmRef[]) => address.set({ arms: armsText(next) }, "push");
  const left = (chosen?.arms ?? []).filter((arm) => !arms.some((one) => one.study === chosen?.id && one.arm === arm.position));
  return (
    <section className="card pick" aria-label="What is compared">
      <ul className="picked-list">
        {arms.map((arm) => (
          <Picked key={armKey(arm)} arm={arm} onRemove={() => set(arms.filter((one) => armKey(one) !== armKey(arm)))} />
        ))}
      </ul>
      {arms.length < 2 ? <p className="muted">Two arms at least; the first is what the others are compared with.</p> : null}
      <div className="toolbar">
        <Choice
          label="Add from"
          value={String(chosen?.id ?? "")}
          options={all.map((study) => ({ value: String(study.id), name: study.name.slice(0, 60) }))}
          onChoose={setPicked}
        />
        {left.map((arm) => (
          <button key={arm.position} type="button" className="small" onClick={() => chosen && set([...arms, { study: chosen.id, arm: arm.position }])}>
            <ArmChip position={arm.position} name={arm.name} />
          </button>
        ))}
      </div>
    </section>
  );
}
