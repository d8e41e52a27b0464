"""Read each format into a table."""
