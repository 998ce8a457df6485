"""The pages that only a contact point has: report a case, drop a file, my cases."""
