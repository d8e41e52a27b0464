import { useCallback, useEffect, useRef, useState, type RefObject } from "react";
import { shownPalette } from "../../state/preferences";
import { useStore } from "../../state/store";

/** A figure of the report by the name the service knows it by. */
export interface ReportFigure {
  name: string;
  title: string;
}

const FIRST_HEIGHT = 1200;
const ROOM = 16;

/** The figures that a report's document holds, in its order. */
export function figuresIn(document: Document): ReportFigure[] {
  return [...document.querySelectorAll<HTMLElement>("figure[data-figure]")].map((figure) => ({
    name: figure.dataset["figure"] ?? "",
    title: figure.querySelector("h3")?.textContent ?? "",
  }));
}

interface Framed {
  frame: RefObject<HTMLIFrameElement | null>;
  height: number;
  figures: readonly ReportFigure[];
  read: () => void;
}

/** The report as a document of its own: as tall as it is, so that only the page scrolls, and in the page's theme. */
export function useReportFrame(): Framed {
  const frame = useRef<HTMLIFrameElement>(null);
  const [height, setHeight] = useState(FIRST_HEIGHT);
  const [figures, setFigures] = useState<readonly ReportFigure[]>([]);
  const palette = useStore(shownPalette);

  const dress = useCallback(() => {
    const shown = frame.current?.contentDocument?.documentElement;
    const theme = document.documentElement.dataset["theme"];
    if (shown !== undefined && theme !== undefined) shown.dataset["theme"] = theme;
  }, []);
  useEffect(dress, [dress, palette]);

  const fit = useCallback(() => {
    const body = frame.current?.contentDocument?.body;
    if (body === undefined) return;
    const { marginTop, marginBottom } = getComputedStyle(body);
    setHeight(Math.ceil(body.getBoundingClientRect().height + Number.parseFloat(marginTop) + Number.parseFloat(marginBottom)) + ROOM);
  }, []);
  useEffect(() => {
    window.addEventListener("resize", fit);
    return () => window.removeEventListener("resize", fit);
  }, [fit]);

  const read = () => {
    dress();
    fit();
    const inside = frame.current?.contentDocument;
    if (inside !== null && inside !== undefined) setFigures(figuresIn(inside));
  };
  return { frame, height, figures, read };
}
