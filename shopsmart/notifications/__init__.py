"""Telling people: listens to events, sends mail. Nobody depends on it."""
