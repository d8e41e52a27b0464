import { useFigureKinds } from "../api/figures";
import { useAddress } from "../state/address";
import { Choice } from "../ui/controls/Choice";
import { FigureChoice } from "./FigureChoice";
import { withZoom } from "./zoom";

interface Props {
  figure: string;
  /** The chart whose zoom an option makes meaningless, such as a logarithmic axis. */
  chart: string;
  /** Names in the address of options that are called otherwise there. */
  params: Readonly<Record<string, string>>;
  /** Parameters in which the arms differ. */
  parameters: readonly string[];
  /** Options that mean nothing here. */
  without: readonly string[];
}

/** Every option that the service says a figure has. */
export function FigureOptions({ figure, chart, params, parameters, without }: Props) {
  const address = useAddress();
  const options = useFigureKinds().data?.find(({ name }) => name === figure)?.options.filter(({ name }) => !without.includes(name)) ?? [];
  if (options.length === 0) return null;
  const set = (param: string, value: string | null) => address.set({ [param]: value, zoom: withZoom(address.get("zoom"), chart, null) });
  return (
    <div className="figure-options" role="group" aria-label="Chart options">
      {options.map((option) => {
        const param = params[option.name] ?? option.name;
        if (option.values === "switch") {
          const on = address.get(param) === "1";
          return (
            <label key={option.name} className="tick">
              <input type="checkbox" checked={on} onChange={() => set(param, on ? null : "1")} /> {option.label}
            </label>
          );
        }
        if (option.values === "choices") return <FigureChoice key={option.name} figure={figure} option={option.name} param={param} chart={chart} />;
        const first = { value: "", name: "most important" };
        return (
          <Choice
            key={option.name}
            label={option.label}
            value={address.get(param) ?? ""}
            options={[first, ...parameters.map((name) => ({ value: name, name }))]}
            onChoose={(next) => set(param, next)}
          />
        );
      })}
    </div>
  );
}
