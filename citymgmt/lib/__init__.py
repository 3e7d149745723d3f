"""Helpers without models and without words of the domain. Imports nothing of ours."""
