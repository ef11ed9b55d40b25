"""Measurements and races against the running platform, over HTTP."""
