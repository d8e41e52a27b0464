import "./FigureCard.css";
import { type ReactNode, useRef } from "react";
import type { FigureQuery, FigureSubject } from "../api/figures";
import { useAddress } from "../state/address";
import { Card } from "../ui/notes/Card";
import { Icon } from "../ui/marks/Icon";
import { ErrorNote, Loading } from "../ui/notes/Notes";
import { BigFigure } from "./BigFigure";
import { FigureMenu } from "./FigureMenu";
import { FigureNotes } from "./FigureNotes";
import { FigureOptions } from "./FigureOptions";
import { type Place, Plot } from "./Plot";
import { readZooms, withZoom } from "./zoom";
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
  /** A person pressed an arm in the legend. */
  onArm?: (position: number) => void;
  actions?: ReactNode;
  className?: string;
  /** Whose figure it is, its name and how it was asked for: the numbers under it as CSV are those shown. */
  subject: FigureSubject;
  figure: string;
  asked: FigureQuery;
  /** The card's name in the address, where a page has several of one figure. */
  chart?: string;
  /** Names in the address of the figure's options that are called otherwise there. */
  params?: Readonly<Record<string, string>>;
  /** Parameters in which the arms differ, for figures that ask for one. */
  parameters?: readonly string[];
  /** Options of the figure that mean nothing here. */
  without?: readonly string[];
  /** False where the page names the arms beside the cards; enlarged, the chart always has its legend. */
  legend?: boolean;
  /** Whose figure it is, where several of one kind stand side by side. */
  of?: string;
}

const NO_PARAMS = {};
const NONE: readonly string[] = [];

/** A figure with its sentence above, its caveats below, and its downloads; space is kept while it loads. */
export function FigureCard({ query, name, height = 320, pinned, onRuns, onArm, actions, className = "", subject, figure: kind, asked, chart = kind, params = NO_PARAMS, parameters = NONE, without = NONE, legend = true, of }: Props) {
  const address = useAddress();
  const enlarge = useRef<HTMLButtonElement>(null);
  const figure = query.data;
  const drawn = figure !== undefined && !figure.empty;
  const zooms = address.get("zoom");
  const menu = drawn ? <FigureMenu figure={figure} subject={subject} kind={kind} asked={asked} /> : <span className="figure-menu-room" />;
  const plot = {
    ...(pinned === undefined ? {} : { pinned }),
    onRuns,
    onArm,
    zoom: readZooms(zooms).get(chart) ?? null,
    onZoom: (zoom: Parameters<typeof withZoom>[2]) => address.set({ zoom: withZoom(zooms, chart, zoom) }),
  };
  const close = () => {
    address.set({ big: null });
    // The dialog goes with this change of the address; the focus returns to where it was opened.
    setTimeout(() => enlarge.current?.focus());
  };
  return (
    <Card
      title={of !== undefined && figure !== undefined ? `${of}: ${figure.title}` : (figure?.title ?? name)}
      actions={
        <>
          {actions}
          <button ref={enlarge} type="button" className="quiet" aria-label={`Enlarge ${figure?.title ?? name}`} title="Enlarge" disabled={!drawn} onClick={() => address.set({ big: chart })}>
            <Icon name="enlarge" />
          </button>
          {menu}
        </>
      }
      className={`figure-card ${className}`}
    >
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
          <Plot figure={figure} height={height} legend={legend} {...plot} />
          <FigureNotes notes={figure.notes} />
        </>
      )}
      {drawn && address.get("big") === chart ? (
        <BigFigure
          {...plot}
          figure={figure}
          height={null}
          options={<FigureOptions figure={kind} chart={chart} params={params} parameters={parameters} without={without} />}
          menu={menu}
          onClose={close}
        />
      ) : null}
    </Card>
  );
}
