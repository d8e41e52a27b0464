import { lazy, Suspense } from "react";
import { Navigate, Route, Routes } from "react-router";
import { Loading, Missing } from "./parts/Notes";
import { Shell } from "./parts/Shell";
import { StudiesPage } from "./pages/studies/StudiesPage";

const StudyPage = lazy(() => import("./pages/study/StudyPage"));
const RunPage = lazy(() => import("./pages/run/RunPage"));
const NewStudyPage = lazy(() => import("./pages/new/NewStudyPage"));
const ComparePage = lazy(() => import("./pages/compare/ComparePage"));
const ReportPage = lazy(() => import("./pages/report/ReportPage"));
const RecipesPage = lazy(() => import("./pages/recipes/RecipesPage"));
const DataPage = lazy(() => import("./pages/data/DataPage"));
const WorkersPage = lazy(() => import("./pages/workers/WorkersPage"));

export function App() {
  return (
    <Shell>
      <Suspense fallback={<Loading what="the page" height={400} />}>
        <Routes>
          <Route path="/" element={<StudiesPage />} />
          <Route path="/studies" element={<StudiesPage />} />
          <Route path="/new" element={<Navigate to="/studies/new" replace />} />
          <Route path="/studies/new" element={<NewStudyPage />} />
          <Route path="/studies/:study" element={<StudyPage />} />
          <Route path="/studies/:study/report" element={<ReportPage />} />
          <Route path="/compare" element={<ComparePage />} />
          <Route path="/runs/:run" element={<RunPage />} />
          <Route path="/recipes" element={<RecipesPage />} />
          <Route path="/data" element={<DataPage />} />
          <Route path="/workers" element={<WorkersPage />} />
          <Route path="*" element={<Missing what="page" />} />
        </Routes>
      </Suspense>
    </Shell>
  );
}
