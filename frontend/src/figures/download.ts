import { currentPalette, themed } from "../lib/roles";
import type { Figure } from "../lib/figure";

export function save(content: Blob | string, name: string): void {
  const link = document.createElement("a");
  const address = typeof content === "string" ? content : URL.createObjectURL(content);
  link.href = address;
  link.download = name;
  link.click();
  if (typeof content !== "string") setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** The figure as an image of 900 by 540, with its title and a ground of its own. */
export async function saveImage(figure: Figure, format: "png" | "svg", name = figure.name): Promise<void> {
  const plotly = await import("plotly.js-cartesian-dist-min");
  const palette = currentPalette();
  const layout = { ...themed(figure.layout, palette), paper_bgcolor: palette["ground"], width: 900, height: 540 };
  const drawn = { data: themed(figure.data, palette), layout };
  const address = await plotly.toImage(drawn, { format, width: 900, height: 540, scale: 2 });
  save(address, `${name}.${format}`);
}
