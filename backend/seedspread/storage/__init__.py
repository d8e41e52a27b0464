"""SQLAlchemy tables and queries, on SQLite and PostgreSQL."""
