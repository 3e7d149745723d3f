"""What follows each step of a case: tasks, requests with their decisions, who assists."""
