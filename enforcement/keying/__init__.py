"""Paper reports that an office keys on behalf of the contact points it serves."""
