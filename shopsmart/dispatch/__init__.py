"""Riders, their shifts and positions, and how each bag finds its rider."""
