"""Quality: how well contact points report and offices verify, nil reports, and reminders of what is missing."""
