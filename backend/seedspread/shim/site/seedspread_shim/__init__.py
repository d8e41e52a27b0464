"""Shim inside the script's interpreter; see `seedspread.shim`.

It uses the standard library alone and supports Python 3.8 or newer.
"""
