import { Icon } from "../ui/marks/Icon";
import { Menu } from "../ui/controls/Menu";
import { save, saveImage } from "./download";
import type { Figure } from "../lib/figure";

/** A figure's downloads; `csv` is the address of the numbers under it. */
export function FigureMenu({ figure, csv }: { figure: Figure; csv: string }) {
  const json = () => {
    const text = JSON.stringify({ data: figure.data, layout: figure.layout });
    save(new Blob([text], { type: "application/json" }), `${figure.name}.json`);
  };
  return (
    <Menu
      label={`Download ${figure.title}`}
      sign={<Icon name="download" />}
      items={[
        { name: "PNG", run: () => void saveImage(figure, "png") },
        { name: "SVG", run: () => void saveImage(figure, "svg") },
        { name: "CSV", run: () => save(csv, `${figure.name}.csv`) },
        { name: "Plotly JSON", run: json },
      ]}
    />
  );
}
