"""The federation engine: identities, signed batches, streams, inbox, outbox, trust. It does not know that customs exists."""
