"""The figures of a period: totalled, scored, ranked and frozen."""
