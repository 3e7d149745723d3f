"""The state machine at work: who may, inputs, clocks, effects, and the one writer of a state."""
