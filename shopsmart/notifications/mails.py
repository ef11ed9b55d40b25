"""What the mails say. Plain values in, a finished message out: text, and the same as simple HTML."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from html import escape
from typing import Any

# Event -> (subject, what happened). Events that are not here get no mail.
SAYINGS = {
    "order.placed": ("Order {number} is placed", "We have your order, and {store} is getting it ready."),
    "order.rerouted": (
        "Order {number} comes from another store",
        "Your order comes from {store} now, and costs no more than before.",
    ),
    # Only where something is missing.
    "order.packed": (
        "Something is missing in order {number}",
        "{store} could not find: {missing}. You pay only for what comes.",
    ),
    "order.shortened": (
        "Something is missing in order {number}",
        "{store} has less than it thought: {missing} cannot come. You pay only for what comes.",
    ),
    "order.short": (
        "Something may be missing in order {number}",
        "{store} has less than it thought. In two minutes what is missing is taken off your order and its bill, "
        "unless you cancel it.",
    ),
    "order.out_for_delivery": ("Order {number} is on its way", "Your order has left {store}."),
    "order.delivered": ("Order {number} was delivered", "Your order has arrived. Enjoy!"),
    "order.collected": ("Order {number} was collected", "You have collected your order. Enjoy!"),
    "order.cancelled": (
        "Order {number} was cancelled",
        "Your order was cancelled. What you paid for it goes back to you.",
    ),
    "order.part_cancelled": (
        "A part of order {number} was cancelled",
        "What was to come from {store} was cancelled. What you paid for it goes back to you; the rest is not touched.",
    ),
    "order.part_returned": (
        "A part of order {number} went back to the store",
        "What came from {store} went back there. What you paid for it goes back to you; the rest is not touched.",
    ),
    "order.expired": (
        "Order {number} was not paid in time",
        "The payment did not arrive in time, so the order was given up and nothing is owed.",
    ),
    "order.refunded": ("Money back for order {number}", "{amount} is on its way back to you."),
}
# What one may do without: all else tells of money, of what does not come, or is the order itself.
DISPENSABLE = frozenset({"order.out_for_delivery", "order.delivered", "order.collected"})
_SIGNS = {"INR": "₹"}


def is_news(event: Mapping[str, Any], order: Mapping[str, Any]) -> bool:
    """Whether the customer is to hear of it: of a packed bag only what is not in it."""
    return event["type"] in SAYINGS and (
        event["type"] != "order.packed" or bool(_missing(event, order, "en"))
    )


def order_mail(
    event: Mapping[str, Any],
    order: Mapping[str, Any],
    customer: Mapping[str, Any],
    *,
    sender: str,
    public_url: str,
) -> EmailMessage:
    """The mail for one order event. The same event gives the same Message-ID.

    Raises ValueError or MessageError for an address that no mail can have.
    """
    subject, happened = SAYINGS[event["type"]]
    currency = order["currency"]
    lang = customer.get("locale") or "en"
    facts = {
        "number": order["number"],
        "store": _part_of(event, order)["store"]["name"],
        "missing": ", ".join(_missing(event, order, lang)),
        "amount": rupees(event["data"].get("refunded", {}).get("amount", 0), currency),
    }
    opening = f"Hello {customer['name']},"
    sentence = happened.format_map(facts)
    rows = _rows(order, lang)
    link = f"{public_url.rstrip('/')}/orders/{order['_id']}"

    message = EmailMessage()
    message["Subject"] = subject.format_map(facts)
    message["From"] = sender
    message["To"] = _address(customer)
    message["Date"] = _date(event["at"])
    message["Message-ID"] = f"<{event['id']}@{parseaddr(sender)[1].rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(_text(opening, sentence, order["number"], rows, link))
    message.add_alternative(_html(opening, sentence, order["number"], rows, link), subtype="html")
    return message


def rupees(paise: int, currency: str) -> str:
    """`₹129.50`; a currency without a sign of ours by its code."""
    return f"{_SIGNS.get(currency, currency + ' ')}{paise // 100:,}.{paise % 100:02d}"


def _address(customer: Mapping[str, Any]) -> Address:
    # A name may hold what a header may not; the words matter, not the spacing.
    name = " ".join("".join(char if char.isprintable() else " " for char in customer["name"]).split())
    return Address(display_name=name, addr_spec=customer["email"])


def _date(at: datetime) -> str:
    return format_datetime(at.replace(microsecond=0))


def _part_of(event: Mapping[str, Any], order: Mapping[str, Any]) -> Mapping[str, Any]:
    """The part that the event is about, or the first: by its id, or by the store that it went to."""
    about = event["data"]
    parts: Sequence[Mapping[str, Any]] = order["fulfilments"]
    for part in parts:
        if part["id"] == about.get("fulfilment_id") or part.get("store_id", "") == about.get("to_store"):
            return part
    return parts[0]


def _missing(event: Mapping[str, Any], order: Mapping[str, Any], lang: str) -> list[str]:
    """What a packed part, or a shortened line, lacks, in words."""
    if event["type"] == "order.shortened":
        return [
            f"{event['data']['missing']} × {line['name'].get(lang) or line['name']['en']}"
            for line in order["lines"]
            if line.get("id") == event["data"].get("line", "")
        ]
    if event["type"] != "order.packed":
        return []
    part = _part_of(event, order)
    instead = {line["instead_of"]: line["quantity"] for line in order["lines"] if line.get("instead_of")}
    lacking = [
        (
            line["name"].get(lang) or line["name"]["en"],
            line["quantity"] - line["picked"] - instead.get(line.get("id"), 0),
        )
        for line in order["lines"]
        if line["picked"] is not None and line.get("fulfilment_id") == part["id"]
    ]
    return [f"{units} × {name}" for name, units in lacking if units > 0]


def _rows(order: Mapping[str, Any], lang: str) -> list[tuple[str, str]]:
    """What was bought and what it costs: (words, amount)."""
    currency = order["currency"]
    rows = []
    for line in order["lines"]:
        count = line["quantity"] if line["picked"] is None else line["picked"]
        if count:
            name = line["name"].get(lang) or line["name"]["en"]
            rows.append((f"{count} × {name}", rupees(count * line["unit_price"], currency)))
    totals = order["totals"]
    for words, key in (("Delivery", "delivery_fee"), ("Handling", "handling_fee"), ("Tip", "tip")):
        if totals[key]:
            rows.append((words, rupees(totals[key], currency)))
    rows.append(("Total", rupees(totals["total"], currency)))
    return rows


def _text(opening: str, sentence: str, number: str, rows: list[tuple[str, str]], link: str) -> str:
    bought = "\n".join(f"  {words}: {amount}" for words, amount in rows)
    return f"{opening}\n\n{sentence}\n\nOrder {number}\n{bought}\n\n{link}\n"


def _html(opening: str, sentence: str, number: str, rows: list[tuple[str, str]], link: str) -> str:
    bought = "".join(
        f'<tr><td>{escape(words)}</td><td align="right">{escape(amount)}</td></tr>' for words, amount in rows
    )
    return (
        '<!doctype html><html><head><meta charset="utf-8"></head><body>'
        f"<p>{escape(opening)}</p><p>{escape(sentence)}</p>"
        f'<p><b>Order {escape(number)}</b></p><table cellpadding="4">{bought}</table>'
        f'<p><a href="{escape(link)}">See the order</a></p></body></html>\n'
    )
