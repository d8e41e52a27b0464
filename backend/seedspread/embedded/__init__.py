"""Everything on one machine: the data directory, an embedded Valkey server, and the processes of `seedspread up`."""
