"""The pages of the desks: queues, a case with its forms, a new report, the map."""
