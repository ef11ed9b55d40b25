"""How well searches are answered, measured on any catalogue with judged queries."""
