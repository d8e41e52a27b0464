import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { asApiError } from "../../api/client";
import { ErrorNote, Loading, Missing } from "./Notes";

interface Props<T> {
  query: UseQueryResult<T>;
  what: string;
  height?: number;
  children: (data: T) => ReactNode;
}

/** A query's answer as soon as there is one; an error never blanks what is there already, unless that was deleted. */
export function Waiting<T>({ query, what, height = 120, children }: Props<T>) {
  if (query.error !== null && asApiError(query.error).missing) return <Missing what={what} />;
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (query.error === null) return <Loading what={what} height={height} />;
  return <ErrorNote error={query.error} onRetry={() => void query.refetch()} />;
}
