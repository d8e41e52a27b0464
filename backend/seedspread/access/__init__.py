"""Tokens, what their roles allow, and the log of what was changed with them."""
