"""The `liaison` command: one small file per command group."""
