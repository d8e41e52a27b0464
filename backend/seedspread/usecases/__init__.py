"""What Seedspread does, one module a verb: the only place that joins core, storage, queue, statistics and figures."""
