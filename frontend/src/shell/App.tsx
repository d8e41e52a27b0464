import { lazy, Suspense, useEffect } from "react";
import { Navigate, Route, Routes, useLocation } from "react-router";
import { fetchAhead, fetched } from "./fetched";
import { Boundary } from "../ui/notes/Boundary";
import { Loading, Missing } from "../ui/notes/Notes";
import { Shell } from "./Shell";
import { StudiesPage } from "../pages/studies/StudiesPage";

const PAGES = {
  study: () => import("../pages/study/StudyPage"),
  runs: () => import("../pages/study/runs/RunsOfStudies"),
  run: () => import("../pages/run/RunPage"),
  newStudy: () => import("../pages/new/NewStudyPage"),
  compare: () => import("../pages/compare/ComparePage"),
  report: () => import("../pages/report/ReportPage"),
  recipes: () => import("../pages/recipes/RecipesPage"),
  data: () => import("../pages/data/DataPage"),
  workers: () => import("../pages/workers/WorkersPage"),
  floors: () => import("../pages/floors/FloorsPage"),
  floor: () => import("../pages/floors/FloorPage"),
  alerts: () => import("../pages/alerts/AlertsPage"),
  access: () => import("../pages/access/AccessPage"),
};

const StudyPage = lazy(() => fetched(PAGES.study));
const RunsOfStudies = lazy(() => fetched(PAGES.runs));
const RunPage = lazy(() => fetched(PAGES.run));
const NewStudyPage = lazy(() => fetched(PAGES.newStudy));
const ComparePage = lazy(() => fetched(PAGES.compare));
const ReportPage = lazy(() => fetched(PAGES.report));
const RecipesPage = lazy(() => fetched(PAGES.recipes));
const DataPage = lazy(() => fetched(PAGES.data));
const WorkersPage = lazy(() => fetched(PAGES.workers));
const FloorsPage = lazy(() => fetched(PAGES.floors));
const FloorPage = lazy(() => fetched(PAGES.floor));
const AlertsPage = lazy(() => fetched(PAGES.alerts));
const AccessPage = lazy(() => fetched(PAGES.access));

export function App() {
  const { pathname } = useLocation();
  useEffect(() => fetchAhead(Object.values(PAGES)), []);
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
            <Route path="/runs" element={<RunsOfStudies />} />
            <Route path="/runs/:run" element={<RunPage />} />
            <Route path="/recipes" element={<RecipesPage />} />
            <Route path="/data" element={<DataPage />} />
            <Route path="/workers" element={<WorkersPage />} />
            <Route path="/floors" element={<FloorsPage />} />
            <Route path="/floors/:floor" element={<FloorPage />} />
            <Route path="/alerts" element={<AlertsPage />} />
            <Route path="/access" element={<AccessPage />} />
            <Route path="*" element={<Missing what="page" />} />
          </Routes>
        </Suspense>
      </Boundary>
    </Shell>
  );
}
