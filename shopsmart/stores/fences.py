"""Stores and their fences in memory: who serves a point, without asking the database. Plain values only."""

from collections.abc import Iterable
from typing import Any

import shapely
from shapely.geometry import shape

from shopsmart.geo import Point
from shopsmart.stores.geometry import MOST_REACH_M, metres
from shopsmart.stores.model import Store


class Fences:
    """Stores by id, and the geometry of the one fence of each that serves."""

    def __init__(self) -> None:
        self._stores: dict[str, Store] = {}
        self._fences: dict[str, Any] = {}
        self._tree: shapely.STRtree | None = None
        self._places: list[str] = []

    def put(self, stores: Iterable[tuple[Store, Any]]) -> None:
        """Take in stores, each with its fence's geometry (None: unknown)."""
        for store, fence in stores:
            self._stores[store["_id"]] = store
            if fence is not None:
                self._fences[store["_id"]] = shape(fence)
        self._tree = None

    def remove(self, store_id: str) -> None:
        self._stores.pop(store_id, None)
        self._fences.pop(store_id, None)
        self._tree = None

    def get(self, store_id: str) -> Store | None:
        return self._stores.get(store_id)

    def at(self, point: Point) -> list[Store]:
        """The active stores in reach whose fence holds `point`, its outline included, nearest first."""
        if self._tree is None:
            self._places = list(self._fences)
            self._tree = shapely.STRtree([self._fences[store_id] for store_id in self._places])
        # Points are asked of shapes: "covered by" means that the fence covers the point.
        hits = self._tree.query(shapely.Point(point["coordinates"]), predicate="covered_by")
        found = [self._stores[self._places[hit]] for hit in hits]
        near = [
            (metres(one["location"]["coordinates"], point["coordinates"]), one["_id"], one)
            for one in found
            if one["status"] == "active"
        ]
        return [
            one for distance, _, one in sorted(near, key=lambda pair: pair[:2]) if distance <= MOST_REACH_M
        ]
