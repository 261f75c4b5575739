"""Source texts, demo companies, and a generator of synthetic registries."""
