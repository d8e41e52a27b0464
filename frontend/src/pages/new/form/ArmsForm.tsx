import type { Fault } from "../../../api/errors";
import type { Recipe } from "../../../api/types";
import { ArmMark } from "../../../ui/marks/ArmChip";
import { Icon } from "../../../ui/marks/Icon";
import { faultAt, faultOf, faultText } from "../spec/faults";
import { ParameterInput } from "./ParameterInput";
import { fieldsOf } from "../../../lib/schema";
import { addArm, armsOf, changeArm, listKey, removeArm, setIn, spreadArm, type Spec } from "../spec/spec";
import { TableScroll } from "../../../ui/notes/TableScroll";

interface Props {
  spec: Spec;
  recipe: Recipe;
  faults: readonly Fault[];
  onChange: (spec: Spec) => void;
}

const POLICIES = [
  { value: "vary", name: "Vary with the seed" },
  { value: "fixed", name: "Fixed" },
  { value: "free", name: "Free (recorded)" },
];

const SOURCE_HELP: Record<Recipe["sources"][number], string> = {
  split: "Training and validation sets, folds, bootstrap",
  resample: "Over- and under-sampling of classes",
  shuffle: "Order of the batches",
  augment: "Random changes of the inputs",
  init: "Initial weights",
  dropout: "Dropout and other stochastic layers",
  algorithm: "Randomness inside the method: forests, bagging, environments",
};

function FaultLine({ fault }: { fault: Fault | undefined }) {
  return fault === undefined ? null : <p className="field-help danger-text">{faultText(fault)}</p>;
}

/** Arms side by side: a column each, a row a parameter or source; what differs from the defaults stands out. */
export function ArmsForm({ spec, recipe, faults, onChange }: Props) {
  const arms = armsOf(spec);
  const key = listKey(spec);
  const inArm = (at: number, rest: string) => faultAt(faults, `${key}[${at}].${rest}`) ?? faultAt(faults, `arms[${at}].${rest}`);
  const whole = faultOf(faults, key) ?? faultOf(faults, "arms");
  const names = arms.map(({ name }) => name);
  const set = (at: number, part: "parameters" | "policies", name: string, value: unknown) =>
    onChange(changeArm(spec, at, (arm) => setIn(arm, part, name, value)));
  return (
    <>
      <p className="muted">Type several values, such as 8, 16, 32, to make an arm of each.</p>
      <TableScroll>
        <table className="table arms-form">
          <thead>
            <tr>
              <th scope="col">{key === "arms" ? "Arm" : "Variant"}</th>
              {arms.map((arm, at) => (
                <th scope="col" key={at}>
                  <span className="arm-name">
                    <ArmMark position={at} />
                    <input
                      aria-label={`Name of arm ${at + 1}`}
                      aria-invalid={inArm(at, "name") !== undefined || names.indexOf(arm.name) < at}
                      aria-describedby={whole === undefined ? undefined : "fault-arms"}
                      value={arm.name}
                      onChange={(event) => {
                        const name = event.target.value;
                        onChange(changeArm(spec, at, (before) => ({ ...before, name })));
                      }}
                    />
                    {arms.length > 1 || key === "variants" ? (
                      <button type="button" className="quiet small" aria-label={`Remove ${arm.name}`} onClick={() => onChange(removeArm(spec, at))}>
                        <Icon name="close" />
                      </button>
                    ) : null}
                  </span>
                  <FaultLine fault={inArm(at, "name")} />
                </th>
              ))}
              <th scope="col">
                <button type="button" className="small" onClick={() => onChange(addArm(spec))}>
                  Add {key === "arms" ? "arm" : "variant"}
                </button>
              </th>
            </tr>
          </thead>
          <tbody>
            {fieldsOf(recipe.parameters).map((field) => (
              <tr key={field.name}>
                <th scope="row">{field.name}</th>
                {arms.map((arm, at) => {
                  const fault = inArm(at, `parameters.${field.name}`);
                  const value = arm.parameters[field.name];
                  return (
                    <td key={at} data-label={arm.name} className={value === undefined ? undefined : "differs"}>
                      <ParameterInput
                        field={field}
                        arm={arm.name}
                        value={value}
                        invalid={fault !== undefined}
                        describedBy={fault === undefined ? undefined : `fault-${at}-${field.name}`}
                        onChange={(next) => set(at, "parameters", field.name, next)}
                        onList={(values) => onChange(spreadArm(spec, at, field.name, values))}
                      />
                      {fault === undefined ? null : (
                        <p id={`fault-${at}-${field.name}`} className="field-help danger-text">
                          {faultText(fault)}
                        </p>
                      )}
                    </td>
                  );
                })}
                <td className="muted field-about">
                  {field.help}
                  {field.range === "" ? "" : ` (${field.range})`}
                </td>
              </tr>
            ))}
            {key === "variants" ? null : (
              <tr>
                <th scope="rowgroup" colSpan={arms.length + 2} className="muted group-head">
                  Randomness sources: policy of each across seeds
                </th>
              </tr>
            )}
            {key === "variants"
              ? null
              : recipe.sources.map((source) => (
                  <tr key={source}>
                    <th scope="row">{source}</th>
                    {arms.map((arm, at) => (
                      <td key={at} data-label={arm.name} className={arm.policies[source] === undefined ? undefined : "differs"}>
                        <select
                          aria-label={`Policy of ${source} in ${arm.name}`}
                          aria-invalid={inArm(at, `policies.${source}`) !== undefined}
                          value={arm.policies[source] ?? "vary"}
                          onChange={(event) => set(at, "policies", source, event.target.value === "vary" ? undefined : event.target.value)}
                        >
                          {POLICIES.map((policy) => (
                            <option key={policy.value} value={policy.value}>
                              {policy.name}
                            </option>
                          ))}
                        </select>
                        <FaultLine fault={inArm(at, `policies.${source}`)} />
                      </td>
                    ))}
                    <td className="muted field-about">{SOURCE_HELP[source]}</td>
                  </tr>
                ))}
          </tbody>
        </table>
      </TableScroll>
      {whole === undefined ? null : (
        <p id="fault-arms" className="field-help danger-text">
          {faultText(whole)}
        </p>
      )}
    </>
  );
}
