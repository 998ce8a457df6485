"""The customs field: seizures, code lists, verification, intelligence. It does not know which office it runs in."""
