import { fireEvent, screen } from "@testing-library/react";
import { beforeEach, expect, test, vi } from "vitest";
import type { NamedArm } from "../../../arms/named";
import { KINDS } from "../../../testing/kinds";
import { renderAt } from "../../../testing/render";
import { ArmsFigures } from "./ArmsFigures";

const requests: string[] = [];

beforeEach(() => {
  requests.length = 0;
  vi.stubGlobal("fetch", (request: Request) => {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/api/v1/figures") return Promise.resolve(Response.json(KINDS));
    requests.push(`${pathname.replace("/api/v1/figures/", "")} ${[...searchParams].map((pair) => pair.join("=")).toSorted().join("&")}`);
    return new Promise(() => undefined);
  });
});

const arms = (["6.0", "7.2", "7.1"] as const).map((key, place) => ({ key, place, name: `arm ${place}`, study: Number(key[0]), arm: Number(key[2]) })) as NamedArm[];

test("arms of any studies are drawn together by the service, and the first two as pairs", async () => {
  renderAt("/?centre=mean", <ArmsFigures arms={arms} asked={{ metric: "acc" }} />);
  await vi.waitFor(() => expect(requests).toHaveLength(3));
  expect(requests.toSorted()).toEqual([
    "curves arms=6.0,7.2,7.1&centre=mean&metric=acc",
    "differences arms=6.0,7.2&kind=slopes&metric=acc",
    "distribution arms=6.0,7.2,7.1&metric=acc",
  ]);
});

test("the pair may be another arm of any study", async () => {
  renderAt("/", <ArmsFigures arms={arms} asked={{}} />);
  fireEvent.change(screen.getByLabelText("minus arm 0:"), { target: { value: "7.1" } });
  await vi.waitFor(() => expect(requests).toContain("differences arms=6.0,7.1&kind=slopes"));
});

test("side by side, each arm is drawn by itself, on the range and in the colours of all", async () => {
  renderAt("/", <ArmsFigures arms={arms} asked={{}} />);
  requests.length = 0;
  fireEvent.click(screen.getByRole("button", { name: "side by side" }));
  await vi.waitFor(() => expect(requests.filter((line) => line.includes("beside"))).toHaveLength(6));
  expect(requests).toContain("curves arms=7.2&beside=6.0,7.2,7.1");
  expect(requests).toContain("distribution arms=7.1&beside=6.0,7.2,7.1");
  expect(screen.getByRole("region", { name: "Curves of arm 1" })).toBeDefined();
  fireEvent.click(screen.getByRole("button", { name: "over each other" }));
  expect(screen.queryByRole("region", { name: "Curves of arm 1" })).toBeNull();
});

test("one arm has no pairs", () => {
  renderAt("/", <ArmsFigures arms={arms.slice(0, 1)} asked={{}} />);
  expect(screen.queryByRole("region", { name: "Pairs by seed" })).toBeNull();
});
