"""How fast a long piece of work goes, and how long it will take: pure, the clock is an argument."""

from dataclasses import dataclass


@dataclass
class Pace:
    """One step of a piece of work, as `progress(step, done, total)` tells it."""

    step: str = ""
    done: int = 0
    total: int = 0
    rate: float = 0.0  # things a second, 0 while unknown
    began: float = 0.0

    def hear(self, step: str, done: int, total: int, now: float) -> None:
        """now: seconds of any steady clock; a new step begins to count anew."""
        if step != self.step or done < self.done:
            self.began, self.rate = now, 0.0
        elif now > self.began:
            self.rate = done / (now - self.began)
        self.step, self.done, self.total = step, done, total

    @property
    def finished(self) -> bool:
        return self.done >= self.total

    @property
    def left(self) -> float | None:
        """Seconds to the end of the step; None while the rate is not known."""
        return (self.total - self.done) / self.rate if self.rate else None
