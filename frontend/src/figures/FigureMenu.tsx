import { Icon } from "../ui/marks/Icon";
import { Menu } from "../ui/controls/Menu";
import { save, saveImage } from "./download";
import type { Figure } from "../lib/figure";

async function saveCsv(csv: string | (() => Promise<Blob>), name: string): Promise<void> {
  save(typeof csv === "string" ? csv : await csv(), name);
}

/** A figure's downloads. */
export function FigureMenu({ figure, csv }: { figure: Figure; csv?: string | (() => Promise<Blob>) }) {
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
        ...(csv === undefined ? [] : [{ name: "CSV", run: () => void saveCsv(csv, `${figure.name}.csv`) }]),
        { name: "Plotly JSON", run: json },
      ]}
    />
  );
}
