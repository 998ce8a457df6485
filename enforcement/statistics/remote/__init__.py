"""Remote search: a signed question to the office or the hub, answered in signed pages when both have been online (decision 36)."""
