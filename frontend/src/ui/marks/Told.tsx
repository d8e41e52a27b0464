/** What the service says, with `commands` set as such. */
export function Told({ text }: { text: string }) {
  return (
    <span>
      {text.split("`").map((part, place) => (place % 2 === 1 ? <code key={place}>{part}</code> : part))}
    </span>
  );
}
