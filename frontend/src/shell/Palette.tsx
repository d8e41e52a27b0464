import { useMemo, useState, type KeyboardEvent } from "react";
import { useNavigate } from "react-router";
import { useSharedOnly } from "../api/operation";
import { useStudies } from "../api/studies";
import { Dialog } from "../ui/controls/Dialog";
import { useStore } from "../state/store";
import { commands, fitting, type Command } from "../state/commands";

const SHOWN = 12;

/** The command palette: pages, studies by name, and what the page at hand can do. */
export function Palette({ onClose }: { onClose: () => void }) {
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const navigate = useNavigate();
  const own = useStore(commands);
  const studies = useStudies({ per_page: 50 }, useSharedOnly() === false);
  const all = useMemo<Command[]>(() => {
    const opening = (studies.data?.items ?? []).map((study) => ({
      name: `Open ${study.name}`,
      run: () => void navigate(`/studies/${study.id}`),
    }));
    return [...own, ...opening];
  }, [own, studies.data, navigate]);
  const found = fitting(all, typed).slice(0, SHOWN);
  const chosen = Math.min(at, found.length - 1);

  const run = (command: Command | undefined) => {
    if (command === undefined) return;
    onClose();
    command.run();
  };
  const onKey = (event: KeyboardEvent) => {
    const moves: Record<string, number> = { ArrowDown: 1, ArrowUp: -1 };
    const move = moves[event.key];
    if (move !== undefined) setAt(Math.max(0, Math.min(found.length - 1, chosen + move)));
    else if (event.key === "Enter") run(found[chosen]);
    else return;
    event.preventDefault();
  };

  return (
    <Dialog title="Commands" onClose={onClose}>
      <input
        role="combobox"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={found.length > 0 ? `palette-${chosen}` : undefined}
        aria-label="Command"
        placeholder="Type a command or a study name"
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value);
          setAt(0);
        }}
        onKeyDown={onKey}
      />
      <ul id="palette-list" role="listbox" aria-label="Commands" className="palette-list">
        {found.map((command, index) => (
          // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- the field above holds the keys
          <li
            key={`${command.name}-${index}`}
            id={`palette-${index}`}
            role="option"
            aria-selected={index === chosen}
            className="cut"
            onClick={() => run(command)}
          >
            {command.name}
          </li>
        ))}
      </ul>
      {found.length === 0 ? <p className="muted">No matches.</p> : null}
    </Dialog>
  );
}
