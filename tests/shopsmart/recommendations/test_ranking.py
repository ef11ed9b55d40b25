"""How things are ranked that somebody may want: on plain values, as the bench measures them."""

from datetime import UTC, datetime, timedelta

from shopsmart.recommendations import model
from shopsmart.recommendations.model import Affinity, Baskets, Counts, Neighbour

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def counted(*baskets):
    counts = Counts()
    for basket in baskets:
        counts.add(basket)
    return counts


def known(counts):
    return {sku: counts.affinity(sku) for sku in counts.things}


def skus(ranked):
    return [sku for sku, _ in ranked]


def test_what_is_bought_together_goes_well_together():
    counts = counted(*[["tea", "sugar"]] * 5, *[["rice", "dal"]] * 5, ["tea", "dal"])

    assert skus(model.goes_with(["tea"], known(counts), counts.summary(), 5)) == ["sugar"]
    assert skus(model.goes_with(["rice"], known(counts), counts.summary(), 5)) == ["dal"]


def test_what_everybody_buys_anyway_says_less():
    baskets = [["milk", f"thing-{number}"] for number in range(60)]
    counts = counted(*baskets, *[["tea", "milk", "sugar"]] * 6)

    assert skus(model.goes_with(["tea"], known(counts), counts.summary(), 2)) == ["milk", "sugar"]
    telling = model.goes_with(["tea"], known(counts), counts.summary(), 2)
    assert telling[0][1] / telling[1][1] < 66 / 6 / 3, "shares alone would tell them apart much further"


def test_what_happened_once_is_chance_and_somebodys_secret():
    counts = counted(["tea", "ring"], *[["tea"]] * 5)

    assert model.goes_with(["tea"], known(counts), counts.summary(), 5) == []


def test_few_baskets_convince_less_than_many():
    few = Affinity(2, [Neighbour("jam", 2, 2)])
    many = Affinity(200, [Neighbour("butter", 150, 200)])

    found = skus(model.goes_with(["scone", "bread"], {"scone": few, "bread": many}, Baskets(2_000), 2))

    assert found == ["butter", "jam"]


def test_nothing_in_the_cart_is_recommended_again():
    counts = counted(*[["a", "b", "c"]] * 4)

    assert skus(model.goes_with(["a", "b"], known(counts), counts.summary(), 9)) == ["c"]
    everything = model.for_somebody(["a"], known(counts), counts.summary(), [(NOON, ["a", "c"])], NOON, 9)
    assert "a" not in skus(everything)


def test_who_buys_a_thing_always_is_shown_it_before_what_others_buy():
    counts = counted(*[["tea", "sugar"]] * 30, *[["ghee"]] * 3)
    orders = [(NOON - timedelta(days=7 * week), ["ghee", "salt"]) for week in range(8)]

    mine = skus(model.for_somebody(["tea"], known(counts), counts.summary(), orders, NOON, 3))
    guests = skus(model.for_somebody(["tea"], known(counts), counts.summary(), (), NOON, 3))

    assert set(mine) == {"sugar", "salt", "ghee"} and guests == ["sugar", "ghee"]


def test_what_was_bought_often_and_lately_comes_first():
    orders = [
        (NOON, ["new"]),
        (NOON - model.HABIT_HALF_LIFE, ["old"]),
        (NOON - timedelta(days=1), ["often"]),
        (NOON - timedelta(days=2), ["often"]),
    ]

    assert skus(model.again(orders, NOON, 9)) == ["often", "new", "old"]


def test_the_same_question_has_the_same_answer():
    counts = counted(*[["a", "b", "c", "d"]] * 3)
    again = counted(*[["d", "c", "b", "a"]] * 3)

    asked = [model.goes_with(["a"], known(one), one.summary(), 9) for one in (counts, again)]

    assert asked[0] == asked[1]


def test_nothing_is_known_before_the_first_order():
    assert model.goes_with(["a"], {}, Baskets(), 9) == []
    assert model.for_somebody(["a"], {}, Baskets(), (), NOON, 9) == []


def test_a_huge_basket_is_counted_in_bounds():
    counts = counted([f"sku-{number}" for number in range(500)])

    assert len(counts.things) == model.MOST_IN_BASKET
    assert all(len(others) < model.MOST_IN_BASKET for others in counts.pairs.values())
