"""What the text messages say: few and short, for what cannot wait for somebody to look."""

from collections.abc import Mapping
from typing import Any

# Event -> what it says. Events that are not here get no text message.
TEXTS = {
    "order.substitution_proposed": "ShopSmart: something is missing in order {number}. Choose a substitute now:",
    "order.out_for_delivery": "ShopSmart: order {number} is on its way.",
    "order.cancelled": "ShopSmart: order {number} was cancelled. What you paid goes back to you.",
}


def order_text(event: Mapping[str, Any], order: Mapping[str, Any], public_url: str) -> str:
    link = f"{public_url.rstrip('/')}/orders/{order['_id']}"
    return f"{TEXTS[event['type']].format(number=order['number'])} {link}"
