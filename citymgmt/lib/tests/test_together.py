"""Many questions, few answers."""

import asyncio

import pytest

from citymgmt.lib.together import Together


def asked(most, questions, fails=()):
    """(batches that were answered, what each got)."""
    batches = []

    async def answer(batch):
        batches.append(batch)
        await asyncio.sleep(0)
        if set(batch) & set(fails):
            raise ValueError("no")
        return {one: one * 10 for one in batch}

    async def all_of_them():
        together = Together(answer, most)
        waiting = (together.ask(one) for one in questions)
        return await asyncio.gather(*waiting, return_exceptions=True)

    return batches, asyncio.run(all_of_them())


def test_who_asks_at_one_instant_shares_an_answer():
    batches, answers = asked(100, [1, 2, 1, 3, 1])
    assert (batches, answers) == ([[1, 2, 3]], [10, 20, 10, 30, 10])


def test_no_more_than_so_many_at_once():
    assert asked(2, range(5)) == ([[0, 1], [2, 3], [4]], [0, 10, 20, 30, 40])


def test_a_failure_is_of_those_who_asked_with_it():
    batches, answers = asked(2, range(3), fails=[1])
    assert batches == [[0, 1], [2]]
    assert [type(one) for one in answers] == [ValueError, ValueError, int]


def test_who_gives_up_takes_nothing_from_the_others():
    async def script():
        gate = asyncio.Event()

        async def answer(batch):
            await gate.wait()
            return {one: one for one in batch}

        together = Together(answer)
        leaving, staying = (asyncio.create_task(together.ask(7)) for _ in range(2))
        await asyncio.sleep(0)
        leaving.cancel()
        gate.set()
        assert await staying == 7
        with pytest.raises(asyncio.CancelledError):
            await leaving

    asyncio.run(script())
