import { useState } from "react";
import type { Fault } from "../../../api/errors";
import { Field } from "../../../ui/controls/Field";
import { faultText, faultTold } from "../spec/faults";
import type { Spec } from "../spec/spec";

interface Props {
  spec: Spec;
  faults: readonly Fault[];
  onChange: (spec: Spec) => void;
}

type Plain = Record<string, unknown>;

function record(value: unknown): Plain {
  return typeof value === "object" && value !== null ? (value as Plain) : {};
}

function numberOr(text: string): unknown {
  const number = Number(text);
  return text.trim() === "" ? undefined : Number.isNaN(number) ? text : number;
}

/** Training in batches of seeds until the question is decided; the looks are paid for in the intervals. */
function StopEarly({ spec, faults, onChange }: Props) {
  const rule = record(spec["rule"]);
  const adaptive = rule["adaptive"] === null || rule["adaptive"] === undefined ? null : record(rule["adaptive"]);
  const set = (next: Plain | null) => onChange({ ...spec, rule: { ...rule, adaptive: next } });
  return (
    <>
      <Field label="Stop early" help="Train in batches and stop when the question is decided. Intervals are widened to allow for the interim looks.">
        {(ids) => (
          <select {...ids} value={adaptive === null ? "" : "decided"} onChange={(event) => set(event.target.value === "" ? null : { stop_when: "decided", batch: 5, max_seeds: 60 })}>
            <option value="">No, train all seeds</option>
            <option value="decided">When decided</option>
          </select>
        )}
      </Field>
      {adaptive === null ? null : (
        <>
          <Field label="Seeds per batch" fault={faultTold(faults, "rule.adaptive.batch")}>
            {(ids) => <input {...ids} inputMode="numeric" value={String(adaptive["batch"] ?? "")} onChange={(event) => set({ ...adaptive, batch: numberOr(event.target.value) })} />}
          </Field>
          <Field label="Maximum seeds per arm" fault={faultTold(faults, "rule.adaptive.max_seeds")}>
            {(ids) => <input {...ids} inputMode="numeric" value={String(adaptive["max_seeds"] ?? "")} onChange={(event) => set({ ...adaptive, max_seeds: numberOr(event.target.value) })} />}
          </Field>
        </>
      )}
    </>
  );
}

const SHOWN = new Set(["rule.adaptive.batch", "rule.adaptive.max_seeds"]);

/** What most studies leave as it is; open where something in it is wrong. */
export function MoreForm(props: Props) {
  const { spec, faults, onChange } = props;
  // Once open it stays so: what was wrong may be right again while somebody still types there.
  const [opened, setOpened] = useState(false);
  const told = (field: string) => faultTold(faults, field);
  const rule = faults.find(({ field }) => field.startsWith("rule") && !SHOWN.has(field));
  const wrong = faults.some(({ field }) => /^(rule|device|fixed_seed|notes)\b/.test(field));
  return (
    <details className="more" open={opened || wrong} onToggle={(event) => setOpened(event.currentTarget.open)}>
      <summary>Stopping early, device, notes</summary>
      <div className="fields">
        <StopEarly {...props} />
        <Field label="Device" fault={told("device")}>
          {(ids) => (
            <select {...ids} value={String(spec["device"] ?? "cpu")} onChange={(event) => onChange({ ...spec, device: event.target.value })}>
              <option value="cpu">CPU</option>
              <option value="gpu">GPU</option>
            </select>
          )}
        </Field>
        <Field label="Fixed seed" help="Used by all fixed sources." fault={told("fixed_seed")}>
          {(ids) => <input {...ids} inputMode="numeric" placeholder="0" value={String(spec["fixed_seed"] ?? "")} onChange={(event) => onChange({ ...spec, fixed_seed: numberOr(event.target.value) })} />}
        </Field>
      </div>
      <Field label="Notes" fault={told("notes")}>
        {(ids) => <textarea {...ids} rows={3} value={String(spec["notes"] ?? "")} onChange={(event) => onChange({ ...spec, notes: event.target.value })} />}
      </Field>
      {rule === undefined ? null : <p className="field-help danger-text">{faultText(rule)}</p>}
    </details>
  );
}
