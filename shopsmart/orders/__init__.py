"""The life of an order: quoted, held, paid, picked, brought, or undone."""
