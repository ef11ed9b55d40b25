"""The list of API modules, in the order of the document."""

from blueprints.api import Blueprint

BLUEPRINTS: list[Blueprint] = []
