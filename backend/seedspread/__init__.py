"""Seedspread: seed-variance studies of machine-learning trainings."""
