"""One JSON object a line on stderr. What users send is never in it: of an error only its type and place in our code."""

import json
import logging
import sys
import time
import traceback
from typing import Final

LOGGER: Final = "passerelle"
_OWN_FIELDS: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message", "taskName"}


class JsonFormatter(logging.Formatter):
    """Message, level, time and the record's extra fields; an exception without its text."""

    def format(self, record: logging.LogRecord) -> str:
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        line = {
            "time": f"{moment}.{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {name: value for name, value in vars(record).items() if name not in _OWN_FIELDS}
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = describe(record.exc_info[1])
        return json.dumps(line, default=str)


def describe(error: BaseException) -> str:
    """Type and place of an error; its text may quote the user's and is left out."""
    frames = traceback.extract_tb(error.__traceback__)
    places = " < ".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in reversed(frames[-6:]))
    return f"{type(error).__name__} at {places}" if places else type(error).__name__


def configure(level: str) -> None:
    """Send the logs of the whole process through `JsonFormatter`."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.getLogger("uvicorn.access").disabled = True
    # uvicorn prints the text of an error that escaped; ours names type and place only.
    logging.getLogger("httpx").setLevel(logging.WARNING)
