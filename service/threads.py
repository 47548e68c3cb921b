"""The threads in which requests are translated, a request in each; those with long texts begin in turn."""

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

T = TypeVar("T")

LARGE_CHARACTERS: Final = 5_000
MAX_LARGE_THREADS: Final = 4
"""Finding the sentences and names of a long text is work of the interpreter, which one thread does at a time, and which
goes on for a while when the client has left. So few are begun at once; the engine has enough to do with these."""


class RequestThreads:
    """Used on the event loop; only `close` may be called from elsewhere."""

    def __init__(self, count: int) -> None:
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="request")
        self._large = asyncio.Semaphore(MAX_LARGE_THREADS)

    async def begin(
        self, characters: int, over: "asyncio.Task[Exception]", work: Callable[[], T]
    ) -> "asyncio.Future[T]":
        """Start `work` in a thread, for a long text in its turn; a turn ends with the thread, not with the request.

        Raises:
            Exception: what `over` ended with before the turn came.
        """
        loop = asyncio.get_running_loop()
        if characters <= LARGE_CHARACTERS:
            return loop.run_in_executor(self._threads, work)
        turn = asyncio.create_task(self._large.acquire())
        either: set[asyncio.Future[Any]] = {turn, over}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if over.done():
                raise over.result()
            future = self._threads.submit(work)
        except BaseException:
            if turn.done():
                self._large.release()
            turn.cancel()
            raise

        def end_turn(_: object) -> None:
            with contextlib.suppress(RuntimeError):  # the loop ended first
                loop.call_soon_threadsafe(self._large.release)

        future.add_done_callback(end_turn)
        return asyncio.wrap_future(future)

    def close(self) -> None:
        """Wait for the threads that run."""
        self._threads.shutdown(cancel_futures=True)
