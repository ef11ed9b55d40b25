"""Papers: what is printed for people, as PDF."""
