import { useFigureKinds } from "../api/figures";
import { useAddress } from "../state/address";
import { Choice } from "../ui/controls/Choice";
import { withZoom } from "./zoom";

interface Props {
  figure: string;
  /** The option's name at the service. */
  option: string;
  /** Its name in the address. */
  param?: string;
  quiet?: boolean;
  /** The chart whose zoom the choice makes meaningless. */
  chart?: string;
}

/** A choice that a figure offers, by the service's list of figures; the address holds it, without the default. */
export function FigureChoice({ figure, option, param = option, quiet = false, chart = figure }: Props) {
  const address = useAddress();
  const offered = useFigureKinds().data?.find(({ name }) => name === figure)?.options.find(({ name }) => name === option);
  const [first] = offered?.choices ?? [];
  if (offered === undefined || first === undefined) return null;
  const chosen = offered.choices.find(({ value }) => value === address.get(param)) ?? first;
  return (
    <Choice
      label={offered.label}
      quiet={quiet}
      value={chosen.value}
      options={offered.choices.map(({ value, label }) => ({ value, name: label }))}
      onChoose={(next) => address.set({ [param]: next === first.value ? null : next, zoom: withZoom(address.get("zoom"), chart, null) })}
    />
  );
}
