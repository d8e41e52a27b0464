import { ago, copied, duration, exact, moment, type Num, number } from "../../lib/words";

/** A number rounded for reading; every digit on hover, and on copy. */
export function Value({ value, text }: { value: Num | null | undefined; text?: string }) {
  const all = copied(value);
  return (
    <span
      className="value"
      title={exact(value)}
      onCopy={(event) => {
        if (String(window.getSelection()) !== event.currentTarget.textContent) return;
        event.clipboardData.setData("text/plain", all);
        event.preventDefault();
      }}
    >
      {text ?? number(value)}
    </span>
  );
}

/** A moment told relative to now, exact on hover. */
export function When({ at }: { at: string | null | undefined }) {
  if (at === null || at === undefined) return <span>–</span>;
  return (
    <time dateTime={at} title={moment(at)}>
      {ago(at)}
    </time>
  );
}

export function Took({ seconds }: { seconds: number | null | undefined }) {
  return <span title={seconds === null || seconds === undefined ? undefined : `${exact(seconds)} s`}>{duration(seconds)}</span>;
}
