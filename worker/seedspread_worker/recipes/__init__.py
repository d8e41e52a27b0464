"""The recipes that come with Seedspread, one a module."""
