"""Celery application, task name and dispatch of runs to workers.

A message says only "look at this run": run id and attempt. The database is the truth, so any message may be lost,
repeated or late without harm.
"""
