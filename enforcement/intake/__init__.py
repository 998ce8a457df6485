"""National sources in: files, mapping profiles, and the fate of every row."""
