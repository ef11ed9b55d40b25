"""The bench of recommendations reads each format, splits alike each time, and judges what it says it does."""

import pytest

from bench import recommend


@pytest.fixture
def written(tmp_path):
    def write(name, text):
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


def test_each_format_is_read(written):
    plain = written("plain.csv", "basket_id,items\n1,milk|bread|milk\n2,tea\n")
    timed = written(
        "timed.csv",
        "date,time,basket_id,item\n2016-10-31,09:00:00,2,Tea\n2016-10-30,10:05:34,1,Jam\n2016-10-30,10:05:34,1,NONE\n",
    )
    lines = written(
        "lines.csv",
        "household_id,store_id,basket_id,product_id,transaction_timestamp\n"
        "9,1,b,milk,2017-01-02 10:00:00\n9,1,b,eggs,2017-01-02 10:00:00\n",
    )

    assert [basket.skus for basket in recommend.read(plain)] == [("milk", "bread"), ("tea",)]
    assert [basket.skus for basket in recommend.read(timed)] == [("Jam",), ("Tea",)]
    [basket] = recommend.read(lines)
    assert (basket.household, basket.skus) == ("9", ("milk", "eggs"))
    with pytest.raises(SystemExit):
        recommend.read(written("other.csv", "a,b\n1,2\n"))


def test_the_future_is_held_out_and_the_split_is_always_the_same(written):
    rows = "".join(f"2016-10-{day:02},10:00:00,{day},{item}\n" for day in range(1, 21) for item in ("a", "b"))
    baskets = recommend.read(written("timed.csv", "date,time,basket_id,item\n" + rows))

    learned, cases = recommend.split(baskets)

    assert len(learned) == 16 and len(cases) == 4
    assert max(basket.at for basket in learned) < min(case.at for case in cases)
    assert recommend.split(baskets)[1] == cases
    assert all(case.hidden not in case.cart for case in cases)


def test_it_beats_popularity_where_things_go_together(written, capsys):
    pairs = [("tea", "sugar"), ("rice", "dal"), ("bread", "jam"), ("soap", "brush")] * 3
    many = [(f"{left}{number}", f"{right}{number}") for number, (left, right) in enumerate(pairs)]
    rows = "".join(f"{n},{'|'.join(many[n % len(many)])}\n" for n in range(600))
    path = written("pairs.csv", "basket_id,items\n" + rows)

    recommend.report(path)

    said = capsys.readouterr().out
    assert "for the cart      hit-rate@10=1.0000 mrr@10=1.0000" in said
    assert "plain popularity  hit-rate@10=0." in said
