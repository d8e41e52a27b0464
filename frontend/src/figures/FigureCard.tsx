import "./FigureCard.css";
import type { ReactNode } from "react";
import { figureAddress, type FigureQuery, type FigureSubject } from "../api/figures";
import { Card } from "../ui/notes/Card";
import { ErrorNote, Loading } from "../ui/notes/Notes";
import { FigureMenu } from "./FigureMenu";
import { type Place, Plot } from "./Plot";
import type { Figure } from "../lib/figure";

/** A figure that is there, on its way, or could not be had. */
export interface FigureState {
  data: Figure | undefined;
  error: unknown;
  refetch: () => unknown;
}

interface Props {
  query: FigureState;
  /** What stands in the title's place until the figure is there. */
  name: string;
  height?: number;
  pinned?: readonly number[];
  onRuns?: (runs: number[], at: Place) => void;
  actions?: ReactNode;
  className?: string;
  /** Whose figure it is, its name and how it was asked for: the numbers under it as CSV are those shown. */
  subject: FigureSubject;
  figure: string;
  asked: FigureQuery;
}

/** A figure with its sentence above, its caveats below, and its downloads; space is kept while it loads. */
export function FigureCard({ query, name, height = 320, pinned, onRuns, actions, className = "", subject, figure: kind, asked }: Props) {
  const figure = query.data;
  const menu = figure === undefined || figure.empty ? <span className="figure-menu-room" /> : <FigureMenu figure={figure} csv={figureAddress(subject, kind, asked, "csv")} />;
  return (
    <Card title={figure?.title ?? name} actions={<>{actions}{menu}</>} className={`figure-card ${className}`}>
      {figure === undefined ? (
        query.error === null ? (
          <Loading what={name.toLowerCase()} height={height} />
        ) : (
          <div style={{ minHeight: height }}>
            <ErrorNote error={query.error} onRetry={() => void query.refetch()} />
          </div>
        )
      ) : (
        <>
          <Plot figure={figure} height={height} {...(pinned === undefined ? {} : { pinned })} onRuns={onRuns} />
          {/* Of a fixed height, so that notes that come and go move nothing; longer ones scroll. */}
          <ul className="figure-notes" tabIndex={figure.notes.join(" ").length > 160 ? 0 : -1}>
            {figure.notes.map((note, at) => (
              // By place: a note that changes or comes first moves none of the others' elements.
              // oxlint-disable-next-line react/no-array-index-key
              <li key={at} title={note}>
                {note}
              </li>
            ))}
          </ul>
        </>
      )}
    </Card>
  );
}
