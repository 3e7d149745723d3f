"""The grid changed on a day, seen before it is done, and what it was on any other day.

Read in this order:

    surgery      the pure part: the plan of a change, in metres
    drawings     what officers draw or upload
    ground       stored cells as surgery takes them, and back
    plans        from a wish to a plan: dates, codes, drawings and cells checked
    previews     what an officer sees of it
    actions      the change itself, and what follows when its day has come
    outlines     the areas follow their cells
    history      what was here on a day, and what became of a cell
"""
