"""Run any training under many seeds.

Commands, functions, their checks and their verdict.
"""
