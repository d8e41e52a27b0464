import shared from "./shared.json";

/** What tells arms apart besides colour, by their position in the study: the service's own list. */
export const MARKERS: readonly string[] = shared.markers;

function polygon(corners: number, radius: number, turn = -90): string {
  return Array.from({ length: corners }, (_, corner) => {
    const angle = ((turn + (360 * corner) / corners) * Math.PI) / 180;
    return `${(8 + radius * Math.cos(angle)).toFixed(2)},${(8 + radius * Math.sin(angle)).toFixed(2)}`;
  }).join(" ");
}

function star(): string {
  return Array.from({ length: 10 }, (_, corner) => {
    const radius = corner % 2 === 0 ? 7 : 3;
    const angle = ((-90 + 36 * corner) * Math.PI) / 180;
    return `${(8 + radius * Math.cos(angle)).toFixed(2)},${(8 + radius * Math.sin(angle)).toFixed(2)}`;
  }).join(" ");
}

/** Corner points of each marker in a box of 16 by 16; the circle is drawn as itself. */
export const MARKER_POINTS: Readonly<Record<string, string>> = {
  square: "3,3 13,3 13,13 3,13",
  diamond: polygon(4, 7),
  "triangle-up": "8,2 15,14 1,14",
  x: "3,5 5,3 8,6 11,3 13,5 10,8 13,11 11,13 8,10 5,13 3,11 6,8",
  pentagon: polygon(5, 7),
  star: star(),
  hexagon: polygon(6, 7),
  cross: "6,2 10,2 10,6 14,6 14,10 10,10 10,14 6,14 6,10 2,10 2,6 6,6",
  hourglass: "3,2 13,2 8,8 13,14 3,14 8,8",
};

/** The style sheet's colour of an arm; arms eight apart share it and differ in marker. */
export function armColour(position: number): string {
  return `var(--arm-${position % shared.armColours})`;
}

export function armMarker(position: number): string {
  return MARKERS[position % MARKERS.length] ?? "circle";
}
