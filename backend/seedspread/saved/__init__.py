"""Views of the page, saved under a name and shared by all."""
