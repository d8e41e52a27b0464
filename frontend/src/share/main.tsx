import { createRoot } from "react-dom/client";
import "../styles/tokens.css";
import "../styles/base.css";
import "../styles/parts.css";
import "../styles/answers.css";
import "../styles/tables.css";
import { applyPreferences } from "../state/preferences";
import { readShared } from "./payload";
import { SharedStudy } from "./SharedStudy";

const root = document.getElementById("root");
if (root === null) throw new Error("the file has no #root");
applyPreferences();
createRoot(root).render(<SharedStudy shared={readShared()} />);
