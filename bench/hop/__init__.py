"""One hop, read, verify, decode and store, beside the same job on other frameworks. Peers import nothing of ours but this package."""
