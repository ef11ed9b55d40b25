"""The list of API modules, in the order of the document."""

from blueprints import (
    admin_jobs,
    admin_orders,
    admin_policies,
    admin_riders,
    admin_stores,
    admin_users,
    auth,
    carts,
    catalogue,
    me,
    orders,
    payments,
    rider,
    sandbox,
    store_console,
    store_settings,
    stores,
    webhooks,
)
from blueprints.api import Blueprint

BLUEPRINTS: list[Blueprint] = [
    auth.blp,
    me.blp,
    stores.blp,
    catalogue.blp,
    carts.blp,
    orders.blp,
    payments.blp,
    webhooks.blp,
    sandbox.blp,
    store_console.blp,
    store_settings.blp,
    rider.blp,
    admin_orders.blp,
    admin_policies.blp,
    admin_jobs.blp,
    admin_riders.blp,
    admin_stores.blp,
    admin_users.blp,
]
