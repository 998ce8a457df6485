"""The Secretariat: collects the world, is the office of members without a RILO, publishes."""
