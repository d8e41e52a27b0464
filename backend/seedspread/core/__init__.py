"""The language of the domain: study, arm, run states, seeds, plan, manifest. No database, no web, no TensorFlow."""
