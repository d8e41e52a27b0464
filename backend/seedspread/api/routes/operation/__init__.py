"""Routes of the service itself: health, workers, metrics, tokens."""
