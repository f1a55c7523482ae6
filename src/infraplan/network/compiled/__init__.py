"""The search with its books compiled: for questions without pipes that lie already and fixed costs of hubs."""
