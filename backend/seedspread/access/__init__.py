"""Tokens, their roles, and the log of changes."""
