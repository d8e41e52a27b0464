"""Commands of whoever runs a service: backups and checks."""
