import { useState } from "react";
import { Dialog } from "../ui/controls/Dialog";
import { Field } from "../ui/controls/Field";
import { save } from "./download";

/** A figure's form for a paper. */
export type PaperForm = "pdf" | "svg" | "png";

interface Props {
  name: string;
  /** Where the service draws the figure in a form, at a width in inches and a font size in points. */
  addressOf: (form: PaperForm, widthIn: number, fontPt: number) => string;
  onClose: () => void;
}

const WIDTH_IN = { least: 1, usual: 3.3, most: 20 };
const FONT_PT = { least: 4, usual: 8, most: 24 };

/** Download a figure at the width of a paper's column, its text as large as the paper's. */
export function PaperDialog({ name, addressOf, onClose }: Props) {
  const [width, setWidth] = useState(String(WIDTH_IN.usual));
  const [font, setFont] = useState(String(FONT_PT.usual));
  const [widthIn, fontPt] = [Number(width), Number(font)];
  const valid = widthIn >= WIDTH_IN.least && widthIn <= WIDTH_IN.most && fontPt >= FONT_PT.least && fontPt <= FONT_PT.most;
  return (
    <Dialog title="For a paper" onClose={onClose}>
      <div className="fields">
        <Field label="Width (inches)" help="3.3 is one column of two, 7 the whole page.">
          {(ids) => <input {...ids} type="number" step="0.1" min={WIDTH_IN.least} max={WIDTH_IN.most} value={width} onChange={(event) => setWidth(event.target.value)} />}
        </Field>
        <Field label="Font size (points)" help="As large as the captions.">
          {(ids) => <input {...ids} type="number" step="0.5" min={FONT_PT.least} max={FONT_PT.most} value={font} onChange={(event) => setFont(event.target.value)} />}
        </Field>
      </div>
      <div className="dialog-foot">
        {(["pdf", "svg", "png"] as const).map((form) => (
          <button key={form} type="button" className={form === "pdf" ? "primary" : ""} disabled={!valid} onClick={() => save(addressOf(form, widthIn, fontPt), `${name}.${form}`)}>
            {form.toUpperCase()}
          </button>
        ))}
      </div>
    </Dialog>
  );
}
