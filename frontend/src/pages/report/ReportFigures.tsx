import { useMutation, useQueryClient } from "@tanstack/react-query";
import { figureAddress, figureOptions } from "../../api/figures";
import { save, saveImage } from "../../figures/download";
import { Card } from "../../ui/notes/Card";
import { ErrorNote } from "../../ui/notes/Notes";
import type { ReportFigure } from "./useReportFrame";

interface Props {
  study: number;
  figures: readonly ReportFigure[];
}

/** Each figure of the report to take away by itself: as a picture, as a drawing, or as the numbers under it. */
export function ReportFigures({ study, figures }: Props) {
  const client = useQueryClient();
  const png = useMutation({
    mutationFn: async (name: string) => saveImage(await client.fetchQuery(figureOptions({ study }, name, {})), "png", `study-${study}-${name}`),
  });
  if (figures.length === 0) return null;
  return (
    <Card title="Its figures, each by itself" className="no-print">
      <ul className="take-away">
        {figures.map(({ name, title }) => (
          <li key={name}>
            <span>{title}</span>
            <span className="offers">
              <button type="button" className="small" aria-label={`${title} as PNG`} disabled={png.isPending} onClick={() => png.mutate(name)}>
                PNG
              </button>
              <button
                type="button"
                className="small"
                aria-label={`${title} as SVG`}
                onClick={() => save(figureAddress({ study }, name, {}, "svg"), `study-${study}-${name}.svg`)}
              >
                SVG
              </button>
              <button
                type="button"
                className="small"
                aria-label={`${title} as CSV`}
                onClick={() => save(figureAddress({ study }, name, {}, "csv"), `study-${study}-${name}.csv`)}
              >
                CSV
              </button>
            </span>
          </li>
        ))}
      </ul>
      {png.error === null ? null : <ErrorNote error={png.error} />}
    </Card>
  );
}
