import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Card } from "../parts/Card";
import { ErrorNote, Loading } from "../parts/Notes";
import { FigureMenu } from "./FigureMenu";
import { Plot } from "./Plot";
import type { Figure } from "./types";

interface Props {
  query: UseQueryResult<Figure>;
  /** What stands in the title's place until the figure is there. */
  name: string;
  height?: number;
  pinned?: readonly number[];
  onRuns?: (runs: number[]) => void;
  actions?: ReactNode;
  className?: string;
  /** The study whose service draws it, for the numbers under it as CSV. */
  study?: number;
}

/** A figure with its sentence above, its caveats below, and its downloads; space is kept while it loads. */
export function FigureCard({ query, name, height = 320, pinned, onRuns, actions, className = "", study }: Props) {
  const figure = query.data;
  const menu = figure === undefined || figure.empty ? null : <FigureMenu figure={figure} {...(study === undefined ? {} : { csv: `/api/v1/studies/${study}/figures/${figure.name}?format=csv` })} />;
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
          <ul className="figure-notes">
            {figure.notes.map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        </>
      )}
    </Card>
  );
}
