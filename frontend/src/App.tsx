import { lazy, Suspense } from "react";
import { Navigate, Route, Routes, useLocation } from "react-router";
import { fetched } from "./live/fetched";
import { Boundary } from "./parts/Boundary";
import { Loading, Missing } from "./parts/Notes";
import { Shell } from "./parts/Shell";
import { StudiesPage } from "./pages/studies/StudiesPage";

const StudyPage = lazy(() => fetched(() => import("./pages/study/StudyPage")));
const RunPage = lazy(() => fetched(() => import("./pages/run/RunPage")));
const NewStudyPage = lazy(() => fetched(() => import("./pages/new/NewStudyPage")));
const ComparePage = lazy(() => fetched(() => import("./pages/compare/ComparePage")));
const ReportPage = lazy(() => fetched(() => import("./pages/report/ReportPage")));
const RecipesPage = lazy(() => fetched(() => import("./pages/recipes/RecipesPage")));
const DataPage = lazy(() => fetched(() => import("./pages/data/DataPage")));
const WorkersPage = lazy(() => fetched(() => import("./pages/workers/WorkersPage")));

export function App() {
  const { pathname } = useLocation();
  return (
    <Shell>
      <Boundary of={pathname}>
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
      </Boundary>
    </Shell>
  );
}
