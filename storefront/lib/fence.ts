// Fences as they are drawn: plain values between the map, the list of corners, files and the API.

/** [longitude, latitude], WGS 84. */
export type Position = [number, number];
export type Ring = Position[];
export type Polygon = { type: "Polygon"; coordinates: Ring[] };
export type MultiPolygon = { type: "MultiPolygon"; coordinates: Ring[][] };
export type Circle = { center: { type: "Point"; coordinates: Position }; radius_m: number };
export type Fence = Polygon | MultiPolygon | Circle;

/** Where a corner stands: which polygon, which ring of it (0 is the outline, others are holes), which corner. */
export type CornerPath = { polygon: number; ring: number; corner: number };

const DECIMALS = 6; // a hand's breadth

export function isCircle(fence: Fence): fence is Circle {
  return "radius_m" in fence;
}

export function rounded([lng, lat]: readonly number[]): Position {
  const cut = (value: number) => Number((value ?? 0).toFixed(DECIMALS));
  return [cut(lng ?? 0), cut(lat ?? 0)];
}

/** The polygons of a fence; none for a circle. */
export function polygonsOf(fence: Fence): Ring[][] {
  if (isCircle(fence)) return [];
  return fence.type === "Polygon" ? [fence.coordinates] : fence.coordinates;
}

/** One polygon stays a Polygon; null for none. */
export function fenceOf(polygons: Ring[][]): Polygon | MultiPolygon | null {
  const [first] = polygons;
  if (!first) return null;
  return polygons.length === 1 ? { type: "Polygon", coordinates: first } : { type: "MultiPolygon", coordinates: polygons };
}

/** A ring whose last position is its first one (RFC 7946 §3.1.6). */
export function closed(ring: Ring): Ring {
  const [first] = ring;
  const last = ring.at(-1);
  return first && last && (first[0] !== last[0] || first[1] !== last[1]) ? [...ring, first] : ring;
}

/** The corners of a ring, the closing one left out. */
export function cornersOf(ring: Ring): Ring {
  return closed(ring).slice(0, -1);
}

function withRing(fence: Polygon | MultiPolygon, { polygon, ring }: CornerPath, change: (corners: Ring) => Ring): Polygon | MultiPolygon {
  const polygons = polygonsOf(fence).map((rings, index) => (index !== polygon ? rings : rings.map((old, at) => (at !== ring ? old : closed(change(cornersOf(old)))))));
  return fenceOf(polygons) ?? fence;
}

export function moveCorner(fence: Polygon | MultiPolygon, path: CornerPath, to: Position): Polygon | MultiPolygon {
  return withRing(fence, path, (corners) => corners.map((old, at) => (at === path.corner ? rounded(to) : old)));
}

/** A new corner half-way to the next one. */
export function addCorner(fence: Polygon | MultiPolygon, path: CornerPath): Polygon | MultiPolygon {
  return withRing(fence, path, (corners) => {
    const here = corners[path.corner];
    const next = corners[(path.corner + 1) % corners.length];
    if (!here || !next) return corners;
    return corners.toSpliced(path.corner + 1, 0, rounded([(here[0] + next[0]) / 2, (here[1] + next[1]) / 2]));
  });
}

/** Without the corner; a ring keeps three. */
export function removeCorner(fence: Polygon | MultiPolygon, path: CornerPath): Polygon | MultiPolygon {
  return withRing(fence, path, (corners) => (corners.length > 3 ? corners.toSpliced(path.corner, 1) : corners));
}

/** Without one hole, or without the whole polygon when it is the outline. null when nothing is left. */
export function removeRing(fence: Polygon | MultiPolygon, { polygon, ring }: Pick<CornerPath, "polygon" | "ring">): Polygon | MultiPolygon | null {
  const polygons = polygonsOf(fence);
  if (ring === 0) return fenceOf(polygons.toSpliced(polygon, 1));
  return fenceOf(polygons.map((rings, at) => (at === polygon ? rings.toSpliced(ring, 1) : rings)));
}

/** With a small hole in the middle of a polygon's corners, to be moved from there. */
export function addHole(fence: Polygon | MultiPolygon, polygon: number): Polygon | MultiPolygon {
  const polygons = polygonsOf(fence);
  const corners = cornersOf(polygons[polygon]?.[0] ?? []);
  if (corners.length === 0) return fence;
  const lngs = corners.map(([lng]) => lng);
  const lats = corners.map(([, lat]) => lat);
  const [lng, lat] = [(Math.min(...lngs) + Math.max(...lngs)) / 2, (Math.min(...lats) + Math.max(...lats)) / 2];
  const [wide, high] = [(Math.max(...lngs) - Math.min(...lngs)) / 20, (Math.max(...lats) - Math.min(...lats)) / 20];
  // Clockwise, as holes go (RFC 7946 §3.1.6).
  const hole = closed([[lng - wide, lat - high], [lng - wide, lat + high], [lng + wide, lat + high], [lng + wide, lat - high]].map(rounded));
  return fenceOf(polygons.map((rings, at) => (at === polygon ? [...rings, hole] : rings))) ?? fence;
}

const METRES_PER_DEGREE = 111_320;

/** The whole fence moved, in metres to the east and north. */
export function shifted(fence: Fence, east: number, north: number): Fence {
  const move = ([lng, lat]: Position): Position => rounded([lng + east / (METRES_PER_DEGREE * Math.cos((lat * Math.PI) / 180)), lat + north / METRES_PER_DEGREE]);
  if (isCircle(fence)) return { ...fence, center: { type: "Point", coordinates: move(fence.center.coordinates) } };
  return fenceOf(polygonsOf(fence).map((rings) => rings.map((ring) => ring.map(move)))) ?? fence;
}

/**
 * The fence in a text of GeoJSON (RFC 7946): a Polygon, MultiPolygon, Feature, GeometryCollection or FeatureCollection
 * whose areas are put together; or the API's `{center, radius_m}`. Raises Error with a sentence for people.
 */
export function parseFence(text: string): Fence {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    throw new Error("This is not JSON. GeoJSON begins with { and ends with }.");
  }
  const asCircle = read as Partial<Circle> | null;
  if (asCircle && typeof asCircle === "object" && typeof asCircle.radius_m === "number" && Array.isArray(asCircle.center?.coordinates)) {
    return { center: { type: "Point", coordinates: rounded(asCircle.center.coordinates) }, radius_m: asCircle.radius_m };
  }
  const fence = fenceOf(areasIn(read));
  if (!fence) throw new Error("There is no Polygon or MultiPolygon in this GeoJSON.");
  return fence;
}

type Node = { type?: string; coordinates?: unknown; geometry?: unknown; geometries?: unknown[]; features?: unknown[] };

function areasIn(value: unknown): Ring[][] {
  if (typeof value !== "object" || value === null) return [];
  const node = value as Node;
  switch (node.type) {
    case "Polygon":
      return [ringsIn(node.coordinates)];
    case "MultiPolygon":
      return Array.isArray(node.coordinates) ? node.coordinates.map(ringsIn) : [];
    case "Feature":
      return areasIn(node.geometry);
    case "FeatureCollection":
      return (node.features ?? []).flatMap(areasIn);
    case "GeometryCollection":
      return (node.geometries ?? []).flatMap(areasIn);
    default:
      return [];
  }
}

function ringsIn(value: unknown): Ring[] {
  const sound = Array.isArray(value) && value.length > 0 && value.every((ring) => Array.isArray(ring) && ring.every((at) => Array.isArray(at) && at.length >= 2 && at.every((part) => typeof part === "number")));
  if (!sound) throw new Error("The coordinates of a polygon are lists of rings, and a ring is a list of [longitude, latitude].");
  return (value as number[][][]).map((ring) => closed(ring.map(rounded)));
}

export function sameFence(one: Fence | null, other: Fence | null): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
