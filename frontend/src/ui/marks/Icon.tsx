import type { ReactNode } from "react";

const SHAPES = {
  more: (
    <>
      <circle cx="3" cy="8" r="1.5" />
      <circle cx="8" cy="8" r="1.5" />
      <circle cx="13" cy="8" r="1.5" />
    </>
  ),
  close: <path d="M3.5 3.5 L12.5 12.5 M12.5 3.5 L3.5 12.5" className="icon-line" />,
  download: <path d="M8 2 V10 M4.5 7 L8 10.5 L11.5 7 M3 14 H13" className="icon-line" />,
  enlarge: <path d="M9.5 2.5 H13.5 V6.5 M6.5 13.5 H2.5 V9.5 M13.5 2.5 L9 7 M2.5 13.5 L7 9" className="icon-line" />,
  pin: <path d="M5 2.5 H11 M6 2.5 V7 L4 9.5 H12 L10 7 V2.5 M8 9.5 V14" className="icon-line" />,
  down: <path d="M4 6 H12 L8 11 Z" />,
  system: (
    <>
      <circle cx="8" cy="8" r="6" className="icon-line" />
      <path d="M8 2 A6 6 0 0 0 8 14 Z" />
    </>
  ),
  light: <circle cx="8" cy="8" r="6" className="icon-line" />,
  dark: <circle cx="8" cy="8" r="6.5" />,
  warning: <path d="M8 2 L14.5 14 H1.5 Z" />,
  notice: <circle cx="8" cy="8" r="2" />,
  excluded: <path d="M8 2 A6 6 0 1 0 8 14 A6 6 0 1 0 8 2 M3.8 12.2 L12.2 3.8" className="icon-line" />,
} satisfies Record<string, ReactNode>;

export type IconName = keyof typeof SHAPES;

/** A drawn sign, the same under every font; what it means is said by what stands around it. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg viewBox="0 0 16 16" width="14" height="14" className="icon" aria-hidden="true">
      {SHAPES[name]}
    </svg>
  );
}
