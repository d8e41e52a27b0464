"""Copy a database, and examine its rows."""
