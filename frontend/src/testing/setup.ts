import { cleanup, configure } from "@testing-library/react";
import { afterEach } from "vitest";

// A busy machine may need seconds for the first draw of a page; nothing waits longer than it must.
configure({ asyncUtilTimeout: 10_000 });

afterEach(cleanup);
