"""Money is integer minor units. Inside: `int` paise; outside: `{"amount": 12950, "currency": "INR"}`."""

from typing import TypedDict


class Money(TypedDict):
    amount: int  # minor units, paise for INR
    currency: str  # ISO 4217


def money(amount: int, currency: str = "INR") -> Money:
    return {"amount": amount, "currency": currency}


def tax_within(amount: int, rate_percent: int) -> int:
    """The tax contained in a tax-inclusive `amount`, half up to a whole paisa."""
    return (amount * rate_percent * 2 + (100 + rate_percent)) // (2 * (100 + rate_percent))
