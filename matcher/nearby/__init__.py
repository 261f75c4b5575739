"""What stands between a company and a measure: the smallest changes, and what a change would bring."""
