"""The customs field's branch of revisions, found by the entry point group `liaison.migrations`. Every node has all its tables."""
