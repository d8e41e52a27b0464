import type { Study } from "../../../api/types";
import { useAddress } from "../../../state/address";
import { Icon } from "../../../ui/marks/Icon";
import { Menu } from "../../../ui/controls/Menu";
import { pinKey, readPins, toggled } from "../asks/pins";

/** Add a chart of curves for another metric, or take it away again. */
export function MetricsMenu({ study, metric }: { study: Study; metric: string }) {
  const address = useAddress();
  const others = study.metrics.filter((name) => name !== metric);
  if (others.length === 0) return null;
  const pins = readPins(address.get("also")).map(pinKey);
  return (
    <Menu
      label="Add a chart"
      className="small"
      sign={
        <>
          Add a chart <Icon name="down" />
        </>
      }
      items={others.map((name) => ({
        name: `${pins.includes(pinKey({ figure: "curves", metric: name })) ? "✓ " : ""}${name}`,
        run: () => address.set({ also: toggled(address.get("also"), { figure: "curves", metric: name }) }),
      }))}
    />
  );
}
