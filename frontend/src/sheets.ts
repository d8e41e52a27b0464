/*
 * The sheets that the window starts with, in the order of the cascade: what many share before what one component has.
 * Components do not import these themselves: pages load lazily, and the order would depend on which was opened first.
 */
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/shell.css";
import "./styles/parts.css";
import "./styles/answers.css";
import "./styles/tables.css";
import "./ui/controls/Copy.css";
import "./ui/controls/Field.css";
import "./ui/dialogs/TagsDialog.css";
import "./ui/marks/FingerprintStrip.css";
import "./ui/marks/Tree.css";
import "./pages/compare/answer/ArmName.css";
import "./pages/compare/answer/Range.css";
import "./pages/compare/answer/Tests.css";
import "./pages/compare/differ/CodeDiff.css";
import "./pages/compare/figures/ArmsFigures.css";
import "./pages/compare/pick/AddArms.css";
import "./pages/compare/pick/PickArms.css";
import "./pages/data/Data.css";
import "./pages/new/NewStudyForm.css";
import "./pages/new/form/ArmsForm.css";
import "./pages/new/form/Planner.css";
import "./pages/new/form/QuestionForm.css";
import "./pages/new/form/SpecText.css";
import "./pages/recipes/RecipeCard.css";
import "./pages/report/Report.css";
import "./pages/run/Replays.css";
import "./pages/run/facts/Attempts.css";
import "./pages/studies/StudiesTable.css";
import "./pages/study/Findings.css";
import "./pages/study/LinkState.css";
import "./pages/study/charts/Spread.css";
import "./pages/study/runs/RunsTable.css";
import "./pages/workers/Workers.css";
import "./styles/print.css";
