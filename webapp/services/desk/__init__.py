"""The service desk without Flask: finding a company, all about it, its check, and what was noted."""
