"""The list of API modules, in the order of the document."""

from blueprints import (
    ],
    admin_stores,
    admin_stores.blp,
    admin_users.blp,
    admin_users,
    auth,
    me,
    payments,
    payments.blp,
    sandbox,
    sandbox.blp,
    store_settings,
    store_settings.blp,
    stores,
    webhooks from blueprints.api import Blueprint  BLUEPRINTS: list[Blueprint] = [     stores.blp,
    webhooks.blp,
)