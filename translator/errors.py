"""Every error that this library raises on purpose, so that a caller can tell a mistake of theirs from a fault of ours.

PasserelleError
├── InputError            the caller can mend it: text, file, option
│   ├── EncodingError     bytes that are not text in the encoding they were read with
│   ├── DocumentError     a document that its format's reader refuses
│   └── GlossaryError     a glossary with an invalid row
├── OutputError           what a run makes cannot be written: the disk is full, say
├── ModelError            a model directory that is missing, damaged or of an unknown kind
├── MissingExtraError     the command needs an optional part of the distribution that is not installed
├── OverloadedError       the queue is full or the service is draining; try again later
├── DeadlineError         the time limit of the call passed before its work was done
└── CancelledError        the caller went away; nobody reads this result
"""


class PasserelleError(Exception):
    """Base of the tree; its text is one line for people: what is wrong, where, and how to mend it."""


class InputError(PasserelleError):
    """The input is at fault, not the program."""


class EncodingError(InputError):
    """Bytes that are not valid text.

    Attributes:
        offset: position of the first invalid byte, from 0.
        suggestion: an encoding that reads the bytes as plausible text, or None.
    """

    def __init__(self, message: str, *, offset: int, suggestion: str | None = None) -> None:
        super().__init__(message)
        self.offset = offset
        self.suggestion = suggestion


class DocumentError(InputError):
    """A document that cannot be read as the format it claims to be."""


class GlossaryError(InputError):
    """A glossary with an invalid row; the text names file and line where there are any."""


class OutputError(PasserelleError):
    """Nothing can be written there; the run ends, and goes on once that is mended."""


class ModelError(PasserelleError):
    """A model directory that is missing, damaged or of an unknown kind."""


class MissingExtraError(PasserelleError):
    """An optional part is not installed.

    Attributes:
        extra: its name, as in ``pip install 'passerelle[extra]'``.
    """

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs an optional part: pip install 'passerelle[{extra}]'")
        self.extra = extra


class OverloadedError(PasserelleError):
    """No room for more work now.

    Attributes:
        retry_after_s: seconds after which a new try makes sense.
    """

    def __init__(self, message: str, *, retry_after_s: float = 1.0) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class DeadlineError(PasserelleError):
    """The call's time limit passed first."""


class CancelledError(PasserelleError):
    """The call was cancelled by its caller."""
