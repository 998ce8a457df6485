"""The coded vocabulary of the field: what may be said, how it is labelled, what measures what."""
