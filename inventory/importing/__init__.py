"""Components from the files of other systems: mapped, checked row by row, and entered."""
