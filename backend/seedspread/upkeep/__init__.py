"""Back up what is kept, and check that a service can run."""
