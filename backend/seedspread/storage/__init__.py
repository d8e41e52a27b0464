"""SQLAlchemy tables and the functions that read and write them, on SQLite and PostgreSQL alike."""
