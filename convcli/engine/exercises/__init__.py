"""Exercises: problems drawn from a seed, their answers by the engine, and how answers go wrong."""
