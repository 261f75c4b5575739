"""The audit trail: entries in a chain, digests instead of values, verification."""
