"""The worker of Seedspread: Celery tasks, the trainer process, recipes and data sets."""
