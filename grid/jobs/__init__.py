"""Long work on the grid, builds and checks: asked for on a page, done apart, told in a row."""
