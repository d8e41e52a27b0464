import { useState } from "react";
import { figureAddress, type FigureQuery, type FigureSubject } from "../api/figures";
import { Icon } from "../ui/marks/Icon";
import { Menu } from "../ui/controls/Menu";
import { save, saveImage } from "./download";
import { PaperDialog } from "./PaperDialog";
import type { Figure } from "../lib/figure";

interface Props {
  figure: Figure;
  subject: FigureSubject;
  /** The figure's name at the service, and how it was asked for. */
  kind: string;
  asked: FigureQuery;
}

/** A figure's downloads: as it is on the screen, its numbers, and drawn by the service for a paper. */
export function FigureMenu({ figure, subject, kind, asked }: Props) {
  const [paper, setPaper] = useState(false);
  const json = () => {
    const text = JSON.stringify({ data: figure.data, layout: figure.layout });
    save(new Blob([text], { type: "application/json" }), `${figure.name}.json`);
  };
  return (
    <>
      <Menu
        label={`Download ${figure.title}`}
        sign={<Icon name="download" />}
        items={[
          { name: "For a paper…", run: () => setPaper(true) },
          { name: "PNG", run: () => void saveImage(figure, "png") },
          { name: "SVG", run: () => void saveImage(figure, "svg") },
          { name: "CSV", run: () => save(figureAddress(subject, kind, asked, "csv"), `${figure.name}.csv`) },
          { name: "Plotly JSON", run: json },
        ]}
      />
      {paper ? (
        <PaperDialog
          name={figure.name}
          addressOf={(form, widthIn, fontPt) => figureAddress(subject, kind, { ...asked, width_in: widthIn, font_pt: fontPt }, form)}
          onClose={() => setPaper(false)}
        />
      ) : null}
    </>
  );
}
