"""Whether the timer may act: rounds are judged first, and the page that lets them go on."""
