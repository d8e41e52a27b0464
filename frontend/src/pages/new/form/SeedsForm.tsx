import { useState } from "react";
import type { Fault } from "../../../api/errors";
import { Field } from "../../../ui/controls/Field";
import { faultAt, faultText } from "../spec/faults";
import { parseSeeds, seedsText } from "../../../lib/seeds";
import type { Spec } from "../spec/spec";

interface Props {
  spec: Spec;
  faults: readonly Fault[];
  onChange: (spec: Spec) => void;
}

/** Seeds, or which. */
export function SeedsForm({ spec, faults, onChange }: Props) {
  const [typed, setTyped] = useState<string | null>(null);
  const fault = faultAt(faults, "seeds");
  return (
    <Field
      label="Seeds"
      help="a count (20), a start (20 from 100), or a list (3, 5, 8)"
      fault={fault === undefined ? undefined : faultText(fault)}
    >
      {(ids) => (
        <input
          {...ids}
          value={typed ?? seedsText(spec["seeds"])}
          onBlur={() => setTyped(null)}
          onChange={(event) => {
            setTyped(event.target.value);
            onChange({ ...spec, seeds: parseSeeds(event.target.value) });
          }}
        />
      )}
    </Field>
  );
}
