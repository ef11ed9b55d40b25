"""The list of API modules, in the order of the document."""

from blueprints import payments, sandbox, webhooks
from blueprints.api import Blueprint

BLUEPRINTS: list[Blueprint] = [
    payments.blp,
    webhooks.blp,
    sandbox.blp,
]
