"""Celery application, task name and dispatch of runs to workers.

A message says only "look at this run": run id and attempt. The database holds the true state, so a message may be
lost, repeated or late without harm.
"""
