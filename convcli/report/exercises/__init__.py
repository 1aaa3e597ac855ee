"""Exercises for people: problems in words, with their worked steps, and marks."""
