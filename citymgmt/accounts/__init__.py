"""People, departments, posts and permissions; the record of changes to rights. Imports lib only."""
