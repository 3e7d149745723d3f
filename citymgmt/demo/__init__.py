"""The demonstration: a schematic city, its people, and a simulation of their work.

    city/        the district as it is drawn, and what stands along its roads
    people/      departments, one account per post, who walks where; sign-in by one click
    simulation/  all the posts at work: the past, event by event, and the present
    building.py  all of it together, once

It uses what every city uses and nobody imports it: what lower apps show of it, it declares in its
`AppConfig`. Only where DEMO is set has it an address and a place in the schedule.
"""
