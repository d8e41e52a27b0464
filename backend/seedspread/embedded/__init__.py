"""Service on one machine: data directory, Valkey, processes of `up`."""
