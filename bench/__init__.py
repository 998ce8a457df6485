"""The numbers: each module is a command with `--json` that measures one promise of the project and says what limits it."""
