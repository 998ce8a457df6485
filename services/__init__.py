"""The three kinds of office: what each does."""
