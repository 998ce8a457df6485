"""Cases and their lines: what they say, which rules they must pass, what may never be in them."""
