"""The registry without Flask: companies, their facts in two times, imports, conflicts, decisions."""
