"""The case, its log, the state machine and the clocks. Imports inventory and below."""
