import { Dialog } from "../ui/controls/Dialog";
import { useStore } from "../state/store";
import { bindings } from "../state/bindings";

const WRITTEN: Record<string, string> = { "mod+k": "Ctrl K", Escape: "Esc" };

/** Every key that works on the page at hand. */
export function KeysHelp({ onClose }: { onClose: () => void }) {
  const all = useStore(bindings);
  return (
    <Dialog title="Keys" onClose={onClose}>
      <dl className="keys">
        {all.map((binding) => (
          <div key={`${binding.keys} ${binding.does}`}>
            <dt>
              {(WRITTEN[binding.keys] ?? binding.keys).split(" ").map((part) => (
                <kbd key={part}>{part}</kbd>
              ))}
            </dt>
            <dd>{binding.does}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
