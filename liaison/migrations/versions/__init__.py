"""The revisions of the engine's tables, one file each; a released one is never changed again."""
