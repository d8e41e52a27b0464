import { expect, test } from "vitest";
import { noAnswer, toApiError } from "./errors";

test("the service's error keeps its message, hint and faults", () => {
  const faults = [{ field: "arms[0].name", value: "", expected: "text" }];
  const error = toApiError(422, { error: { code: "invalid_input", message: "no", hint: "try", faults } });
  expect([error.code, error.message, error.hint]).toEqual(["invalid_input", "no", "try"]);
  expect(error.faults).toEqual(faults);
});

test("an answer without a usable body still says what happened", () => {
  expect(toApiError(503, undefined).message).toContain("Nothing was lost");
  expect(toApiError(418, "<html>").message).toBe("The service answered 418.");
  expect(toApiError(404, null).missing).toBe(true);
  expect(noAnswer().status).toBe(0);
});
