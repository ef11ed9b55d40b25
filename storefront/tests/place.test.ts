import { expect, test } from "vitest";
import { readPlace, writePlace } from "@/lib/place";

const door = { lat: 20.3572, lng: 85.8215, label: "Patia | ପଟିଆ, 50% Lane" };

test("a place comes back as it was kept, whether the cookie was decoded before or not", () => {
  expect(readPlace(writePlace(door))).toEqual(door);
  expect(readPlace(decodeURIComponent(writePlace(door)))).toEqual(door);
});

test("no more of the position is kept than the shop needs", () => {
  expect(decodeURIComponent(writePlace({ lat: 20.35721234567, lng: 85.8, label: "" }))).toBe("20.357212|85.800000|");
});

test("a long name is cut between letters", () => {
  const long = writePlace({ ...door, label: "a".repeat(79) + "🏠🏠" });

  expect(readPlace(long)?.label).toBe("a".repeat(79) + "🏠");
});

test.each([null, undefined, "", "|", "20.3", "20.3|", "|85.8|x", "a|b|c", "91|85|x", "20|181|x", "NaN|NaN|x", "%E0%A4%A", "%"])("%j is no place", (text) => {
  expect(readPlace(text)).toBeNull();
});
