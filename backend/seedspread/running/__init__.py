"""Run any training under many seeds.

This package runs commands and functions, checks the runs, and reports the verdict.
"""
