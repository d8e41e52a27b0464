"""Shim inside the script's interpreter.

See `seedspread.shim`. Standard library alone, Python 3.8 or newer.
"""
