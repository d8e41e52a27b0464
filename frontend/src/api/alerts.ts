import { keepPreviousData, useQuery } from "@tanstack/react-query";
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
