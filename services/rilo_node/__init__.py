"""The Regional Intelligence Liaison Office: verifies what its members report, circulates alerts, collects the world."""
