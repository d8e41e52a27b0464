"""Domain types: study, arm, run states, seeds, plan, manifest.

Imports no database, web framework or TensorFlow.
"""
