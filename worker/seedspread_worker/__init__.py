"""Seedspread's worker: Celery tasks, trainer process, recipes, data sets.

What an author of recipes imports stands here; nothing of it loads TensorFlow.
"""

from pydantic import Field

from seedspread_worker.author.recipe import Metric, RecipeParameters, free_recipe, keras_recipe
from seedspread_worker.author.run import Cancelled, Run
from seedspread_worker.author.split import Split, holdout

__all__ = ["Cancelled", "Field", "Metric", "RecipeParameters", "Run", "Split", "free_recipe", "holdout", "keras_recipe"]
