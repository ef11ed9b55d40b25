"""Labels compare as their keys do, whatever comes and goes."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from shopsmart.search.labels import Labels

KEYS = st.text("abc", min_size=1, max_size=4)


def check(labels: Labels, rows: dict[str, int]) -> None:
    ordered = sorted(rows)
    numbers = [int(labels.column[rows[key]]) for key in ordered]
    assert numbers == sorted(set(numbers))
    for unknown in ("", "ab", "b0", "zz"):
        place = labels.place(unknown)
        if unknown not in rows:
            assert sum(number < place for number in numbers) == sum(key < unknown for key in ordered)
            assert place not in numbers


@given(st.sets(KEYS), st.lists(st.tuples(st.booleans(), KEYS), max_size=60))
@settings(max_examples=60, deadline=None)
def test_labels_stand_in_the_order_of_their_keys(first, changes):
    labels = Labels(200)
    rows = {key: row for row, key in enumerate(sorted(first))}
    labels.fill(rows.items())
    for row, (add, key) in enumerate(changes, start=100):
        if add and key not in rows:
            rows[key] = row
            labels.add(key, row)
        elif not add and key in rows:
            labels.remove(key)
            del rows[key]

    check(labels, rows)


def test_thousands_of_keys_find_room_between_two_others_in_either_direction():
    for keys in (range(5_000), range(5_000, 0, -1)):
        labels = Labels(6_000)
        labels.fill([("A", 0), ("Z", 1)])
        rows = {"A": 0, "Z": 1}
        for row, number in enumerate(keys, start=2):
            rows[f"B{number:05d}"] = row
            labels.add(f"B{number:05d}", row)

        ordered = [rows[key] for key in sorted(rows)]
        assert np.all(np.diff(labels.column[ordered]) > 0)
