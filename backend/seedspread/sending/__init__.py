"""Send studies that were trained elsewhere: from run folders and from what readers read."""
