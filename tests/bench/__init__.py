"""What a seed costs here, beside what it costs with a plain training script; `make bench`."""
