import { useEffect, useState } from "react";

/** A button that copies `text` and says that it did. */
export function Copy({ text, label = "Copy" }: { text: string | (() => string | Promise<string>); label?: string }) {
  const [said, setSaid] = useState("");
  useEffect(() => {
    if (said === "") return undefined;
    const timer = setTimeout(() => setSaid(""), 2000);
    return () => clearTimeout(timer);
  }, [said]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(typeof text === "string" ? text : await text());
      setSaid("Copied");
    } catch {
      setSaid("This browser blocks copying");
    }
  };
  return (
    <>
      <button type="button" className="small" onClick={() => void copy()}>
        {said || label}
      </button>
      <span className="visually-hidden" role="status">
        {said}
      </span>
    </>
  );
}

/** Code with a button that copies it. */
export function CodeBlock({ code, label }: { code: string; label: string }) {
  return (
    <div className="code-block">
      {/* Long lines scroll, so the keyboard must be able to. */}
      <pre tabIndex={0} aria-label={label} role="region">
        {code}
      </pre>
      <Copy text={code} />
    </div>
  );
}
