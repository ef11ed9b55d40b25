"""HTTP only: one module per API, its schemas above its views. `create_app` puts them together."""

from blueprints.app import create_app

__all__ = ["create_app"]
