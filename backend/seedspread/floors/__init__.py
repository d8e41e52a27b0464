"""Noise floors: baselines that are kept, and the candidates judged against them."""
