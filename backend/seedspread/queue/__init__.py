"""The way work reaches workers: the Celery application, the task's name, and dispatch.

A message says only "look at this run": run id and attempt. The database is the truth, so any message may be lost,
repeated or late without harm.
"""
