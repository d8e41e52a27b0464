"""Recipes that come with Seedspread, one per module."""
