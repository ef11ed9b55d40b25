import { describe, expect, test } from "vitest";
import { addCorner, addHole, cornersOf, fenceOf, moveCorner, parseFence, polygonsOf, removeCorner, removeRing, shifted, type Polygon } from "@/lib/fence";

const SQUARE: Polygon = { type: "Polygon", coordinates: [[[85, 20], [86, 20], [86, 21], [85, 21], [85, 20]]] };
const FIRST = { polygon: 0, ring: 0, corner: 0 };

describe("a fence from a file", () => {
  test("areas of a collection are put together", () => {
    const feature = { type: "Feature", properties: {}, geometry: SQUARE };

    const fence = parseFence(JSON.stringify({ type: "FeatureCollection", features: [feature, feature] }));

    expect(polygonsOf(fence)).toHaveLength(2);
  });

  test("an open ring is closed and a third coordinate is left out", () => {
    const fence = parseFence('{"type":"Polygon","coordinates":[[[85,20,7],[86,20,7],[86,21,7]]]}');

    expect(polygonsOf(fence)[0]?.[0]).toEqual([[85, 20], [86, 20], [86, 21], [85, 20]]);
  });

  test("a circle is taken as the API writes it", () => {
    expect(parseFence('{"center":{"type":"Point","coordinates":[85.8,20.3]},"radius_m":1500}')).toEqual({ center: { type: "Point", coordinates: [85.8, 20.3] }, radius_m: 1500 });
  });

  test.each(["", "{", "[]", "null", '{"type":"Point","coordinates":[85,20]}', '{"type":"Polygon","coordinates":[["x"]]}'])("%j is refused in a sentence", (text) => {
    expect(() => parseFence(text)).toThrow(/^[A-Z][a-z]* .+\.$/);
  });
});

describe("corners", () => {
  test("the closing corner moves with the first one", () => {
    const moved = moveCorner(SQUARE, FIRST, [84.5, 19.5]);

    expect(moved.coordinates[0]).toEqual([[84.5, 19.5], [86, 20], [86, 21], [85, 21], [84.5, 19.5]]);
  });

  test("a new one lies half-way to the next", () => {
    const more = addCorner(SQUARE, { ...FIRST, corner: 3 }) as Polygon;

    expect(cornersOf(more.coordinates[0] ?? [])).toEqual([[85, 20], [86, 20], [86, 21], [85, 21], [85, 20.5]]);
  });

  test("a ring keeps three", () => {
    let fence = fenceOf(polygonsOf(SQUARE));
    for (let times = 0; times < 5; times++) fence = fence && removeCorner(fence, FIRST);

    expect(cornersOf(polygonsOf(fence ?? SQUARE)[0]?.[0] ?? [])).toHaveLength(3);
  });
});

describe("holes, parts and places without a mouse", () => {
  test("a hole is added inside and can be filled again", () => {
    const holed = addHole(SQUARE, 0);

    expect(polygonsOf(holed)[0]).toHaveLength(2);
    expect(removeRing(holed, { polygon: 0, ring: 1 })).toEqual(SQUARE);
  });

  test("without its only outline nothing is left", () => {
    expect(removeRing(SQUARE, { polygon: 0, ring: 0 })).toBeNull();
  });

  test("of two polygons the other one stays", () => {
    const both = fenceOf([SQUARE.coordinates, addHole(SQUARE, 0).coordinates as Polygon["coordinates"]]);

    expect(removeRing(both ?? SQUARE, { polygon: 1, ring: 0 })).toEqual(SQUARE);
  });

  test("a fence moved there and back is the same, a radius too", () => {
    const circle = { center: { type: "Point" as const, coordinates: [85.8, 20.3] as [number, number] }, radius_m: 500 };

    expect(shifted(shifted(circle, 50, 0), -50, 0)).toEqual(circle);
    expect(shifted(shifted(SQUARE, 0, 50), 0, -50)).toEqual(SQUARE);
    expect(shifted(circle, 0, 50)).not.toEqual(circle);
  });
});
