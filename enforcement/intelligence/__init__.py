"""Intelligence products: drafted, proposed, released by a second person, circulated, read, and answered with feedback."""
