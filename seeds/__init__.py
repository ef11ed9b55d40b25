"""The demo city: Bhubaneswar with its dark stores, fences, goods, stock and people. Deterministic and repeatable."""
