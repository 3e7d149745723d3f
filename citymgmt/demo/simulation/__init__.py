"""A city that lives: the real deeds, done by all the posts as people would do them.

    pace.py      how much happens and how long it takes (pure)
    world.py     who, where and what there is
    pictures.py  a drawn photo for every class
    intake.py    how reports come in: by call, by public report, or straight as a case
    posts.py     what the holder of a case does next, and when
    branches.py  what happens beside the usual way
    run.py       the past, event by event
    life.py      the present, step by step

What happens next to a case follows from the case and the seed alone. So the present goes on where
the past ended, the same seed gives the same city, and nothing is kept beside the cases.
"""
