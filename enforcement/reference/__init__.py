"""Members, code lists, units and figures carried over as facts; each file names its source."""
