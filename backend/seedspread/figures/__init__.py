"""Pure functions: results in, figures out.

Every figure is made in two steps: compute the numbers, then draw them.
"""
