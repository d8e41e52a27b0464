"""Send studies that were trained elsewhere."""
