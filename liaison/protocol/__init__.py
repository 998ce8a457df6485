"""The wire contract, pure: bytes and values in, bytes and values out; no clock, disk, network or log."""
