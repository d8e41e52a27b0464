import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, askAgain, unwrap } from "./client";
import type { Run } from "./types";

function useChange<T, R = unknown>(change: (given: T) => Promise<R>, touched: readonly (readonly unknown[])[]) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSettled: () => Promise.all(touched.map((queryKey) => askAgain(client, queryKey))),
  });
}

/** What can be changed about one run. */
export function useRunChanges(run: Run) {
  const path = { run_id: run.id };
  const touched = [["run", run.id], ["study", run.study_id], ["studies"]];
  const cancel = useChange<void>(() => unwrap(api.POST("/api/v1/runs/{run_id}/cancel", { params: { path } })), touched);
  const retry = useChange<void>(() => unwrap(api.POST("/api/v1/runs/{run_id}/retry", { params: { path } })), touched);
  const exclude = useChange(
    (reason: string) => unwrap(api.PUT("/api/v1/runs/{run_id}/exclusion", { params: { path }, body: { reason } })),
    touched,
  );
  const include = useChange<void>(
    () => unwrap(api.DELETE("/api/v1/runs/{run_id}/exclusion", { params: { path } })),
    touched,
  );
  const edit = useChange(
    (body: { tags: string[]; notes: string }) => unwrap(api.PATCH("/api/v1/runs/{run_id}", { params: { path }, body })),
    touched,
  );
  return { cancel, retry, exclude, include, edit, error: cancel.error ?? retry.error ?? include.error };
}

/** What several studies can be changed to at once. */
export interface StudiesEdit {
  studies: number[];
  project?: string;
  add_tags?: string[];
  remove_tags?: string[];
  pinned?: boolean;
  archived?: boolean;
}

/** What can be changed about several studies at once. */
export function useStudiesChanges() {
  const touched = [["studies"], ["projects"], ["study"]];
  const edit = useChange((body: StudiesEdit) => unwrap(api.POST("/api/v1/studies/edit", { body })), touched);
  const remove = useChange(
    (studies: number[]) => unwrap(api.POST("/api/v1/studies/delete", { body: { studies } })),
    [["studies"], ["projects"]],
  );
  return { edit, remove };
}

/** What can be changed about a study and several of its runs at once. */
export function useStudyChanges(study: number) {
  const client = useQueryClient();
  const path = { study_id: study };
  const touched = [["study", study], ["studies"]];
  const cancel = useChange(
    (runs: number[] | null) => unwrap(api.POST("/api/v1/studies/{study_id}/cancel", { params: { path }, body: { runs } })),
    touched,
  );
  const retry = useChange(
    (runs: number[] | null) => unwrap(api.POST("/api/v1/studies/{study_id}/retry", { params: { path }, body: { runs } })),
    touched,
  );
  const exclude = useChange(
    (given: { runs: number[]; reason: string }) =>
      unwrap(api.POST("/api/v1/studies/{study_id}/exclude", { params: { path }, body: given })),
    touched,
  );
  const include = useChange(
    (runs: number[]) => unwrap(api.POST("/api/v1/studies/{study_id}/include", { params: { path }, body: { runs } })),
    touched,
  );
  const addSeeds = useChange(
    (body: { count: number; code: "recorded" | "current" | null }) =>
      unwrap(api.POST("/api/v1/studies/{study_id}/seeds", { params: { path }, body })),
    touched,
  );
  const edit = useChange(
    (given: { name?: string; project?: string; tags?: string[]; notes?: string; pinned?: boolean; archived?: boolean }) =>
      unwrap(api.PATCH("/api/v1/studies/{study_id}", { params: { path }, body: given })),
    [...touched, ["projects"]],
  );
  const tag = useChange(
    (given: { runs: number[]; add: string[]; remove: string[] }) =>
      unwrap(api.POST("/api/v1/studies/{study_id}/tags", { params: { path }, body: given })),
    [...touched, ["run"]],
  );
  // What was deleted is not asked for again: the page leaves it, and then forgets it.
  const remove = useChange<void>(
    () => unwrap(api.DELETE("/api/v1/studies/{study_id}", { params: { path } })),
    [["studies"]],
  );
  const forget = () => client.removeQueries({ queryKey: ["study", study] });
  return { cancel, retry, exclude, include, addSeeds, edit, tag, remove, forget };
}

/** What a noise floor is made of: an arm of a study, by its position. */
export interface NewFloor {
  name: string;
  study_id: number;
  arm: string;
  smallest_difference?: number;
}

/** A candidate: an arm of a study, by its name or position; none stands for the study's baseline. */
export interface NewCandidate {
  candidate: string;
  study_id: number;
  arm?: string;
}

/** What can be changed about noise floors. */
export function useFloorChanges() {
  const client = useQueryClient();
  const touched = [["floors"]];
  const save = useChange((body: NewFloor) => unwrap(api.POST("/api/v1/floors", { body: { error: 0.05, ...body } })), touched);
  const judge = useChange(
    ({ floor, ...body }: NewCandidate & { floor: string }) =>
      unwrap(api.POST("/api/v1/floors/{name}/judgements", { params: { path: { name: floor } }, body: { conditions: {}, ...body } })),
    touched,
  );
  // What was deleted is not asked for again: the page leaves it, and then forgets it.
  const remove = useChange((name: string) => unwrap(api.DELETE("/api/v1/floors/{name}", { params: { path: { name } } })), []);
  const forget = (name: string) => {
    client.removeQueries({ queryKey: ["floors", name] });
    return client.invalidateQueries({ queryKey: ["floors"], exact: true });
  };
  return { save, judge, remove, forget };
}
