"""What is written once: the rows that never change, and their digest."""
