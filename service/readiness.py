"""The model at work: loaded in a thread, tested now and then, and the honest answer to "ready?"."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from service.logs import LOGGER, describe
from service.scheduler import Observer, Scheduler
from service.settings import Settings
from translator.engines import Decoding
from translator.errors import ModelError, OverloadedError, PasserelleError
from translator.pipeline import Translator

SELF_TEST_PIECES: Final = ("▁Bonjour", ".")
SELF_TEST_TIMEOUT_S: Final = 5.0
SELF_TEST_EVERY_S: Final = 10.0
STARTING_RETRY_S: Final = 1.0
DRAINING_RETRY_S: Final = 5.0
LOADING: Final = "the model is being loaded"
DRAINING: Final = "the service is shutting down"

_log = logging.getLogger(LOGGER)


@dataclass(frozen=True, slots=True)
class Loaded:
    """The model, and the queue before it."""

    translator: Translator
    scheduler: Scheduler


class ModelHost:
    """Loads the model and knows whether it is fit.

    Attributes:
        succeeded: called, in the loading thread, when the model is ready.
        failed: called there when the model cannot be loaded.
        failure: why it could not.
        self_test_every_s: how long a passed self-test holds.
    """

    def __init__(self, settings: Settings, load: Callable[[], Translator], observer: Observer) -> None:
        self._settings = settings
        self._load = load
        self._observer = observer
        self._loaded: Loaded | None = None
        self._draining = False
        self._unfit: str | None = LOADING
        self._tested_at = float("-inf")
        self.succeeded: Callable[[], None] = lambda: None
        self.failed: Callable[[], None] = lambda: None
        self.failure: Exception | None = None
        self.self_test_every_s = SELF_TEST_EVERY_S

    def load(self, ready: Callable[[Loaded], None]) -> threading.Thread:
        """Load in a thread, and call `ready` in it at the end."""
        thread = threading.Thread(target=self._run, args=(ready,), name="loader", daemon=True)
        thread.start()
        return thread

    def _run(self, ready: Callable[[Loaded], None]) -> None:
        settings = self._settings
        try:
            translator = self._load()
            scheduler = Scheduler(
                translator.engine,
                max_queue_tokens=settings.max_queue_tokens,
                max_batch_tokens=settings.max_batch_tokens,
                max_batch_s=settings.max_batch_ms / 1000,
                max_wait_s=settings.max_wait_ms / 1000,
                observer=self._observer,
            )
            self._self_test(translator)
        except Exception as error:
            self._unfit = f"the model {settings.model!r} cannot be used"
            reason = str(error) if isinstance(error, PasserelleError) else describe(error)
            _log.critical(self._unfit, extra={"reason": reason})
            self.failure = error
            self.failed()
            return
        self._loaded = Loaded(translator, scheduler)
        self._unfit, self._tested_at = None, time.monotonic()
        ready(self._loaded)
        self.succeeded()
        _log.info("ready", extra={"model": translator.model.name, "engine": translator.engine.description})

    def drain(self) -> None:
        """From now on nothing is ready any more; what runs goes on."""
        self._draining = True

    @property
    def loaded(self) -> Loaded | None:
        """The model, where it is there at all."""
        return self._loaded

    def ready(self) -> Loaded:
        """The model, for a new request.

        Raises:
            OverloadedError: it is being loaded, or the service is shutting down.
        """
        if self._draining:
            raise OverloadedError(DRAINING, retry_after_s=DRAINING_RETRY_S)
        if self._loaded is None:
            raise OverloadedError(self._unfit or LOADING, retry_after_s=STARTING_RETRY_S)
        return self._loaded

    async def unfit(self) -> str | None:
        """Why the service should get no requests now; None where it should. Tests the engine now and then."""
        if self._draining:
            return DRAINING
        if self._loaded is not None and time.monotonic() - self._tested_at > self.self_test_every_s:
            self._tested_at = time.monotonic()
            try:
                await asyncio.to_thread(self._self_test, self._loaded.translator)
                self._unfit = None
            except Exception as error:
                self._unfit = "the engine fails its self-test"
                _log.error(self._unfit, extra={"reason": describe(error)})
        return self._unfit

    def _self_test(self, translator: Translator) -> None:
        """One batch past the queue: a full queue is no sign of a broken engine."""
        future = translator.engine.submit([SELF_TEST_PIECES], Decoding(beam_size=1))
        if not future.result(SELF_TEST_TIMEOUT_S)[0]:
            raise ModelError("the engine gave no hypothesis")
