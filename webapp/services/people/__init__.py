"""Accounts without Flask: roles, passwords, sessions, second factor, membership of companies."""
