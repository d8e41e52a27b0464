"""Figures by name, of studies, arms and runs."""
