"""Start of trainer processes: templates to fork, compiled programs on disk."""
