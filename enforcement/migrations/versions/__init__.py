"""The revisions of the customs field's tables, one file each; a released one is never changed again."""
