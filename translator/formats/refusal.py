"""What another library says about a document, as part of one line of ours."""

MAX_CHARACTERS = 200


def reason(error: Exception | str) -> str:
    """Its text in one line, not longer than a reader wants."""
    text = " ".join(str(error).split())
    return text if len(text) <= MAX_CHARACTERS else text[: MAX_CHARACTERS - 1] + "…"
