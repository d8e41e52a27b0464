"""Run any training under many seeds: commands, functions, their checks and their verdict."""
