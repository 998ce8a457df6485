"""Route countries are told: an office notifies its own contact points of verified cases whose route names their country (decision 30)."""
