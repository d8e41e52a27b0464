"""Callbacks that log a framework's metrics.

    from seedspread.callbacks.keras import KerasCallback

    with seedspread.run(arm="wide", seed=3) as run:
        model.fit(x, y, callbacks=[KerasCallback(run)])

Each module imports its framework; importing this package imports none.
"""
