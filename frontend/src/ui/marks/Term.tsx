import "./Term.css";
import type { ReactNode } from "react";
import { GLOSSARY, type GlossaryTerm } from "../../lib/glossary";

/** A word of the glossary, its meaning on hover. */
export function Term({ name, children }: { name: GlossaryTerm; children?: ReactNode }) {
  return (
    <abbr className="term" title={GLOSSARY[name]}>
      {children ?? name}
    </abbr>
  );
}
