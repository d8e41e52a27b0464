import { act, renderHook } from "@testing-library/react";
import { createElement, type ReactNode } from "react";
import { MemoryRouter, useLocation } from "react-router";
import { expect, test } from "vitest";
import { changed, parseIds, useAddress } from "./address";

const atStudy = ({ children }: { children: ReactNode }) => createElement(MemoryRouter, { initialEntries: ["/studies/1?sel=3"] }, children);

test("ids come out once each, and nonsense is passed over", () => {
  expect(parseIds("3,5,3, 9")).toEqual([3, 5, 9]);
  expect(parseIds("x,-1,1e3,99999999999999999999")).toEqual([]);
  expect(parseIds(null)).toEqual([]);
});

test("changes leave the rest of the address alone", () => {
  const before = new URLSearchParams("metric=loss&sel=3");
  expect(changed(before, { sel: null, sort: "seed" }).toString()).toBe("metric=loss&sort=seed");
  expect(before.toString()).toBe("metric=loss&sel=3");
});

test("changes made before the next render are all kept", () => {
  const { result } = renderHook(() => ({ address: useAddress(), other: useAddress(), search: useLocation().search }), { wrapper: atStudy });
  act(() => {
    result.current.address.set({ runs: "tag:odd" });
    result.current.other.set({ sel: null });
  });
  expect(result.current.search).toBe("?runs=tag%3Aodd");
  act(() => result.current.address.set({ runs: null }));
  expect(result.current.search).toBe("");
});
