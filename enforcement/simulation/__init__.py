"""A seeded world of simulated seizures, calibrated on the figures of 2025; for training only."""
