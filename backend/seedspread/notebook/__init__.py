"""Record notebooks as they ran, and run them under many seeds."""
