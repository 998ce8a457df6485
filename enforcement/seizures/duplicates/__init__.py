"""Duplicates: cases that may have been reported twice. They are linked by their owners, never merged."""
