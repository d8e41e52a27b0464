import type { components } from "./schema";

type Schemas = components["schemas"];

export type StudyRow = Schemas["StudyView"];
export type Study = Schemas["StudyDetail"];
export type Arm = Schemas["ArmView"];
export type Run = Schemas["RunDetail"];
export type CompactRuns = Schemas["CompactRuns"];
export type Fingerprint = Schemas["FingerprintView"];
export type SourceValue = Schemas["SourceValue"];
export type Recipe = Schemas["RecipeInfo"];
export type Metric = Schemas["MetricInfo"];
export type StudySpec = Schemas["StudySpec"];
export type Checked = Schemas["Checked"];
export type Worker = Schemas["WorkerView"];
export type Queue = Schemas["QueueView"];
export type Comparison = Schemas["ComparisonView"];
export type ComparedArm = Schemas["ComparedArm"];
export type Family = Schemas["FamilyView"];
export type ArmSummary = Schemas["Summary"];
export type Interval = Schemas["Interval"];
export type HypothesisTest = Schemas["HypothesisTest"];
export type RunDiff = Schemas["RunDiff"];
export type FileDiff = Schemas["FileDiff"];
export type Finding = Schemas["Finding"];
export type Replay = Schemas["ReplayView"];
export type Variance = Schemas["VarianceView"];
