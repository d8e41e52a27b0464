import { fireEvent, screen } from "@testing-library/react";
import { beforeEach, expect, test, vi } from "vitest";
import type { Study } from "../../../api/types";
import { KINDS } from "../../../testing/kinds";
import { renderAt } from "../../../testing/render";
import { MoreFigures } from "./MoreFigures";

const requests: string[] = [];

beforeEach(() => {
  requests.length = 0;
  vi.stubGlobal("fetch", (request: Request) => {
    const { pathname, search } = new URL(request.url);
    if (pathname === "/api/v1/figures") return Promise.resolve(Response.json(KINDS));
    requests.push(pathname + search);
    return new Promise(() => undefined);
  });
});

const study = (arms: number, widths: readonly number[] = []) =>
  ({ id: 3, spec: { arms: widths.map((hidden) => ({ parameters: { hidden } })) }, arms: Array.from({ length: arms }, (_, position) => ({ position })) }) as unknown as Study;

const offered = () => screen.getAllByRole("button").map((button) => button.textContent);

test("every figure that the study has arms for is offered, but none that is drawn already or shown elsewhere", async () => {
  renderAt("/", <MoreFigures study={study(2)} drawn={["curves", "distribution"]} />);
  await screen.findByRole("button", { name: "Prediction churn" });
  expect(offered()).toEqual(["Differences by seed", "Probability of improvement", "Prediction churn"]);
});

test("of one arm, what compares arms is not offered", async () => {
  renderAt("/", <MoreFigures study={study(1)} drawn={["curves", "distribution", "differences"]} />);
  await screen.findByRole("button", { name: "Prediction churn" });
  expect(offered()).toEqual(["Prediction churn"]);
});

test("a figure is fetched when it is opened, for the two arms that are compared, and closed again", async () => {
  renderAt("/?a=1", <MoreFigures study={study(2)} drawn={["curves"]} />);
  const button = await screen.findByRole("button", { name: "Probability of improvement" });
  expect(requests).toEqual([]);
  fireEvent.click(button);
  await screen.findByRole("region", { name: "Probability of improvement" });
  expect(requests).toEqual(["/api/v1/studies/3/figures/improvement?a=1&b=0"]);
  fireEvent.click(button);
  expect(screen.queryByRole("region", { name: "Probability of improvement" })).toBeNull();
});

test("figures of parameters are offered where arms differ in one, and ask for the one that the address names", async () => {
  renderAt("/?more=parameter&parameter=hidden", <MoreFigures study={study(2, [8, 16])} drawn={["curves"]} />);
  await screen.findByRole("button", { name: "Metric against a parameter" });
  expect(requests).toEqual(["/api/v1/studies/3/figures/parameter?parameter=hidden&a=0&b=1"]);
});
