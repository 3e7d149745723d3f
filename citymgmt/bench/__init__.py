"""`script/bench base|cases|evaluation|live [--json]`: how fast, beside the same work done bare.

Every suite runs on a new SQLite database in a directory of its own that is removed afterwards.
Targets are the project's own (requirements §9) where there is one. `bound` is in the unit of the
value and measured in the same run; null where nothing bare compares.
"""
