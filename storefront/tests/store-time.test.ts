import { expect, test } from "vitest";
import { endOfDay, momentOf } from "@/components/store/store-time";

const ZONE = "Asia/Kolkata";

test("a time typed for a store is that of the store's clock", () => {
  expect(momentOf("2026-11-21T18:30", ZONE).toISOString()).toBe("2026-11-21T13:00:00.000Z");
  expect(momentOf("2026-07-01T00:00", "America/New_York").toISOString()).toBe("2026-07-01T04:00:00.000Z");
});

test("the day of a store ends at its own midnight", () => {
  expect(endOfDay(ZONE, new Date("2026-11-21T18:00:00Z")).toISOString()).toBe("2026-11-21T18:30:00.000Z");
  expect(endOfDay(ZONE, new Date("2026-11-21T19:00:00Z")).toISOString()).toBe("2026-11-22T18:30:00.000Z");
});

test("in the last minute of a day, for today means until the end of the next", () => {
  expect(endOfDay(ZONE, new Date("2026-11-21T18:29:30Z")).toISOString()).toBe("2026-11-22T18:30:00.000Z");
});
