import { useEffect, useState } from "react";
import { Copy } from "../../../ui/controls/Copy";
import type { Spec } from "../spec/spec";
import { fromText, toText, type TextForm } from "../spec/text";

const FORMS: readonly TextForm[] = ["yaml", "json", "curl"];

interface Props {
  spec: Spec;
  onChange: (spec: Spec) => void;
}

/** Format text, kept in step with the form both ways. */
export function SpecText({ spec, onChange }: Props) {
  const [form, setForm] = useState<TextForm>("yaml");
  const [text, setText] = useState("");
  const [fault, setFault] = useState("");
  const [editing, setEditing] = useState(false);
  useEffect(() => {
    if (editing) return undefined;
    let wanted = true;
    void toText(spec, form, window.location.origin).then((next) => {
      if (!wanted) return;
      setText(next);
      setFault("");
    });
    return () => {
      wanted = false;
    };
  }, [spec, form, editing]);
  const edit = async (next: string) => {
    setText(next);
    try {
      onChange(await fromText(next, form));
      setFault("");
    } catch (error) {
      setFault(error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error));
    }
  };
  return (
    <div className="spec-text">
      <div className="tabs" role="group" aria-label="Format">
        {FORMS.map((name) => (
          <button
            key={name}
            type="button"
            className="quiet small"
            aria-pressed={form === name}
            onClick={() => {
              setEditing(false);
              setForm(name);
            }}
          >
            {name === "curl" ? "curl" : name.toUpperCase()}
          </button>
        ))}
        <Copy text={text} />
      </div>
      <textarea
        aria-label={`Specification as ${form}`}
        aria-invalid={fault !== ""}
        className="mono"
        spellCheck={false}
        rows={Math.min(28, Math.max(10, text.split("\n").length + 1))}
        value={text}
        onFocus={() => setEditing(true)}
        onBlur={() => setEditing(fault !== "")}
        onChange={(event) => void edit(event.target.value)}
      />
      {fault === "" ? null : (
        <p className="field-help danger-text" role="status">
          Cannot read this text: {fault}
        </p>
      )}
    </div>
  );
}
