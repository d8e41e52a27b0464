/** A chart that was pinned: one figure of one metric, whatever metric the page shows. */
export interface Pin {
  figure: string;
  metric: string;
}

/** The pinned charts that an address names: `curves.loss,distribution.val_loss`. */
export function readPins(text: string | null): Pin[] {
  const pins = (text ?? "").split(",").flatMap((part) => {
    const at = part.indexOf(".");
    if (at < 1) return [];
    try {
      return [{ figure: part.slice(0, at), metric: decodeURIComponent(part.slice(at + 1)) }];
    } catch {
      return [];
    }
  });
  return pins.filter((pin, at) => pins.findIndex((other) => pinKey(other) === pinKey(pin)) === at);
}

/** A pin's name in the address. */
export function pinKey({ figure, metric }: Pin): string {
  // Commas part the pins and nothing else: the rest stays readable.
  return `${figure}.${metric.replaceAll("%", "%25").replaceAll(",", "%2C")}`;
}

/** The address' text with a chart pinned, or no longer. */
export function toggled(text: string | null, pin: Pin): string {
  const pins = readPins(text);
  const without = pins.filter((other) => pinKey(other) !== pinKey(pin));
  return (without.length === pins.length ? [...pins, pin] : without).map(pinKey).join(",");
}
