"""Pure functions: results in, figures out.

Every figure is made in two steps: numbers first, drawing second.
"""
