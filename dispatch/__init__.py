"""Who gets the work: routing, tasks, requests, oversight, and the places where people do it.

    models/            the rows
    routing/           which department is responsible, and why
    responsibilities/  who answers where
    choosing/          whom to send, with what is known of each
    requests/          tasks and requests, kept true to the log
    oversight/         supervision, urging, instructions, rulings
    notices/           who is told of deadlines
    shifts/            handing over
    terminal/          the departments' desk
    field/             the collectors' phone
    command/           the wall and the leader's overview

The order of the rooms is an import contract (pyproject.toml).
"""
