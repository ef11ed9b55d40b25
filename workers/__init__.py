"""Jobs only: thin functions, a schedule as a list, subscriptions as a table."""
