"""The list of API modules, in the order of the document."""

from blueprints import (
    admin_stores,
    admin_users,
    auth,
    me,
    payments,
    sandbox,
    store_settings,
    stores,
    webhooks,
)
from blueprints.api import Blueprint

BLUEPRINTS: list[Blueprint] = [
    auth.blp,
    me.blp,
    stores.blp,
    payments.blp,
    webhooks.blp,
    sandbox.blp,
    store_settings.blp,
    admin_stores.blp,
    admin_users.blp,
]
