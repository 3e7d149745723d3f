"""Questions of many at one instant are answered by one look."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from itertools import islice
from typing import Any


class Together:
    """Whoever asks while an answer is under way waits for the next one, with all who ask by then.

    `answer` takes the different questions, at most `most` of them, and gives a dictionary; what it
    raises is raised for each who asked. Used in one event loop.
    """

    def __init__(
        self, answer: Callable[[list[Any]], Awaitable[dict[Any, Any]]], most: int = 1000
    ) -> None:
        self._answer, self._most = answer, most
        self._waiting: dict[Hashable, asyncio.Future[Any]] = {}
        self._busy: asyncio.Task[None] | None = None

    async def ask(self, question: Hashable) -> Any:
        loop = asyncio.get_running_loop()
        future = self._waiting.get(question)
        if future is None:
            future = self._waiting[question] = loop.create_future()
        if self._busy is None or self._busy.done():
            self._busy = loop.create_task(self._work())
        # One who gives up does not take the answer from the others.
        return await asyncio.shield(future)

    async def _work(self) -> None:
        while self._waiting:
            batch = {one: self._waiting[one] for one in islice(self._waiting, self._most)}
            for one in batch:
                del self._waiting[one]
            try:
                answers = await self._answer(list(batch))
                for question, future in batch.items():
                    future.set_result(answers[question])
            except BaseException as error:
                for future in batch.values():
                    if not future.done():
                        future.set_exception(error)
                        future.exception()  # taken: nobody may be waiting any more
                if not isinstance(error, Exception):
                    raise
