"""The end of a shift, and of a post: open tasks go to somebody else."""
