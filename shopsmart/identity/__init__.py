"""Who somebody is and what they may be: accounts, passwords, sessions, addresses."""
