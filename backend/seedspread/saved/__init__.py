"""Views of the page that people save under a name, shared by all."""
