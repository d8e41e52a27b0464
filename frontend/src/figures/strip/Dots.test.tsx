import { render } from "@testing-library/react";
import { expect, test } from "vitest";
import { hovered } from "../../state/highlight";
import { Dots } from "./Dots";

function drawn(count: number) {
  const dots = Array.from({ length: count }, (_, at) => ({ run: at + 1, x: at, y: 4 }));
  const { container } = render(
    <svg>
      <Dots dots={dots} className="seed" litClassName="seed-lit" title={(at) => `seed ${at}`} />
    </svg>,
  );
  return container;
}

test("each of a few dots is an element with a title", () => {
  const container = drawn(3);
  expect(container.querySelectorAll("circle.seed title")).toHaveLength(3);
  expect(container.querySelector("path")).toBeNull();
});

test("very many dots are one element, and the one that is lit has its title", () => {
  hovered.set([8]);
  const container = drawn(5000);
  expect(container.querySelector("path")?.getAttribute("d")?.match(/M/g)).toHaveLength(5000);
  expect([...container.querySelectorAll("circle.seed-lit title")].map((title) => title.textContent)).toEqual(["seed 7"]);
});
