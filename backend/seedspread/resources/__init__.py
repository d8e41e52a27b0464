"""Resource usage of a training: processor, memory, disk and GPU over time."""
