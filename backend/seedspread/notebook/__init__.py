"""Record notebooks as they run, and run them under many seeds."""
