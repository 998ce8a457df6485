"""One message, one transaction: the inbox, the outbox and what a node must remember, over ports."""
