import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { signedOut } from "../state/connection";
import { api, unwrap } from "./client";

export const ALERTS_PER_PAGE = 50;
const REFRESH_MS = 30_000;

/** Alerts, the newest first; asked for again every half minute while the window is seen. */
export function useAlerts(page: number, perPage: number = ALERTS_PER_PAGE) {
  return useQuery({
    queryKey: ["alerts", page, perPage],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/alerts", { params: { query: { page, per_page: perPage } }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: REFRESH_MS,
  });
}

const SESSION = ["session"] as const;

/** Whether the service requires a token, and whose this browser is signed in with. */
export function useSession() {
  return useQuery({
    queryKey: SESSION,
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/session", { signal })),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** Whether this browser reads a shared study, and nothing else; null until the service has said so. */
export function useSharedOnly(): boolean | null {
  const session = useSession().data;
  return session === undefined ? null : Boolean(session.study);
}

/** Sign this browser in or out. Everything that was fetched before is forgotten: it belonged to somebody else. */
export function useSignIn() {
  const client = useQueryClient();
  const signIn = useMutation({
    mutationFn: (token: string) => unwrap(api.POST("/api/v1/session", { body: { token } })),
    onSuccess: (session) => {
      signedOut.set(false);
      client.clear();
      client.setQueryData(SESSION, session);
    },
  });
  const signOut = useMutation({
    mutationFn: () => unwrap(api.DELETE("/api/v1/session")),
    onSuccess: () => {
      client.clear();
      signedOut.set(true);
    },
  });
  return { signIn, signOut };
}

/** The tokens of the service, for an admin. */
export function useTokens() {
  return useQuery({
    queryKey: ["tokens"],
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/tokens", { signal })),
  });
}

export type Role = "logger" | "viewer" | "member" | "admin";

/** Create and revoke tokens. */
export function useTokenChanges() {
  const client = useQueryClient();
  const onSettled = () => client.invalidateQueries({ queryKey: ["tokens"] });
  const create = useMutation({
    mutationFn: (body: { name: string; role: Role }) => unwrap(api.POST("/api/v1/tokens", { body })),
    onSettled,
  });
  const revoke = useMutation({
    mutationFn: (name: string) => unwrap(api.DELETE("/api/v1/tokens/{name}", { params: { path: { name } } })),
    onSettled,
  });
  return { create, revoke };
}

/** The read-only links to a study, and how they are created and revoked. */
export function useShares(study: number) {
  const client = useQueryClient();
  const path = { study_id: study };
  const queryKey = ["shares", study];
  const onSettled = () => client.invalidateQueries({ queryKey });
  const list = useQuery({
    queryKey,
    queryFn: ({ signal }) => unwrap(api.GET("/api/v1/studies/{study_id}/shares", { params: { path }, signal })),
  });
  const create = useMutation({
    mutationFn: (days: number) => unwrap(api.POST("/api/v1/studies/{study_id}/shares", { params: { path }, body: { days } })),
    onSettled,
  });
  const revoke = useMutation({
    mutationFn: (share: number) =>
      unwrap(api.DELETE("/api/v1/studies/{study_id}/shares/{share_id}", { params: { path: { ...path, share_id: share } } })),
    onSettled,
  });
  return { list, create, revoke };
}

export const CHANGES_PER_PAGE = 50;

/** Who asked for which change, the newest first. */
export function useChangeLog(page: number) {
  return useQuery({
    queryKey: ["changes", page],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/api/v1/changes", { params: { query: { page, per_page: CHANGES_PER_PAGE } }, signal })),
    placeholderData: keepPreviousData,
  });
}
