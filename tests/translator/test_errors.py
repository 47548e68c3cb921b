import inspect
import re

from translator import errors

_BRANCH = re.compile(r"^(?P<indent>[│ ├└─]*)(?P<name>[A-Z]\w+Error)\b")
_COLUMNS_PER_LEVEL = 4


def drawn_parents() -> dict[str, str]:
    """Each error of the docstring's tree with the name it hangs from."""
    parents = {}
    path: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        if branch := _BRANCH.match(line):
            level = len(branch["indent"]) // _COLUMNS_PER_LEVEL
            parents[branch["name"]] = path[level - 1] if level else "Exception"
            path[level:] = [branch["name"]]
    return parents


def test_the_tree_is_as_drawn() -> None:
    classes = [value for value in vars(errors).values() if inspect.isclass(value) and issubclass(value, Exception)]
    assert {error.__name__: error.__base__.__name__ for error in classes if error.__base__} == drawn_parents()


def test_attributes_say_what_helps() -> None:
    assert errors.EncodingError("x", offset=3, suggestion="cp1252").suggestion == "cp1252"
    assert errors.OverloadedError("x").retry_after_s > 0
    missing = errors.MissingExtraError("reading .docx", "documents")
    assert (str(missing), missing.extra) == (
        "reading .docx needs an optional part: pip install 'passerelle[documents]'",
        "documents",
    )
