import "./BigFigure.css";
import type { ComponentProps, ReactNode } from "react";
import { Dialog } from "../ui/controls/Dialog";
import { Plot } from "./Plot";
import { FigureNotes } from "./FigureNotes";

interface Props extends ComponentProps<typeof Plot> {
  options: ReactNode;
  menu: ReactNode;
  onClose: () => void;
}

/** A chart in as much of the window as there is, with every option it has. */
export function BigFigure({ options, menu, onClose, ...plot }: Props) {
  return (
    <Dialog title={plot.figure.title} size="full" onClose={onClose}>
      <div className="big-figure">
        <div className="toolbar">
          {options}
          {menu}
        </div>
        <Plot {...plot} height={null} />
        <FigureNotes notes={plot.figure.notes} />
      </div>
    </Dialog>
  );
}
