"""What a person or a program is shown: one shape a thing, used by the API, the command line and Python alike."""
