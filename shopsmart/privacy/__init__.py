"""What a person may ask of us about himself: to see it all, and to be forgotten."""
