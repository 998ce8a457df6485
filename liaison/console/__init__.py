"""The web shell every node has."""
