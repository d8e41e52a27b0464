"""Train Keras recipes: one compiled program, seed after seed."""
