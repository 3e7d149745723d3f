"""Which department is responsible for a case: facts and rules in, departments and reasons out."""
