"""Work beside the requests: ordered in the commit of its cause, done by whoever has the lease, never lost."""
