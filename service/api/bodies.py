"""The fields of a request as DeepL's and LibreTranslate's clients send them: a JSON object, a form, or the query.

All of these go into one model. Unknown fields, empty ones and JSON's null are as if they had not been sent.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, TypeVar, get_origin
from urllib.parse import parse_qsl

from fastapi import Depends, Request
from pydantic import BaseModel, ValidationError
from pydantic_core import from_json
from starlette.datastructures import FormData, UploadFile
from starlette.requests import ClientDisconnect

from service.errors import Cause, RequestError
from service.limits import check_unicode
from translator.errors import CancelledError

M = TypeVar("M", bound=BaseModel)

MAX_FIELDS: Final = 1000
EMPTY: Final[tuple[object, ...]] = (None, "", [])
JSON: Final = "application/json"
FORM: Final = "application/x-www-form-urlencoded"
UPLOAD: Final = "multipart/form-data"


@dataclass(frozen=True, slots=True)
class Words:
    """How an API says that a field is missing (with its `name`) or wrong (with the `reason`)."""

    missing: str
    wrong: str


@dataclass(frozen=True, slots=True)
class Body:
    """What was sent: JSON values, and for each name of a form and of the query the values in their order."""

    json: Mapping[str, Any] = field(default_factory=dict)
    form: Mapping[str, list[str]] = field(default_factory=dict)
    files: Mapping[str, UploadFile] = field(default_factory=dict)

    def text(self, name: str) -> str | None:
        """One field, wherever it stands; None where it is missing, empty or no text."""
        value = self.json[name] if name in self.json else self.form.get(name, [""])[-1]
        return value if isinstance(value, str) and value else None

    def parse(self, model: type[M], words: Words) -> M:
        """The fields of `model`; of a form, all values of a field that is a list there, else the last.

        Raises:
            RequestError: invalid, in `words`; never a value of the caller's.
        """
        lists = {name for name, known in model.model_fields.items() if get_origin(known.annotation) is list}
        values: dict[str, Any] = {
            name: sent if name in lists else sent[-1] for name, sent in self.form.items() if name in model.model_fields
        }
        values |= self.json
        try:
            return model.model_validate({name: value for name, value in values.items() if value not in EMPTY})
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            name = ".".join(map(str, first["loc"]))
            reason = first["msg"].removeprefix("Value error, ")
            template = words.missing if first["type"] == "missing" else words.wrong
            raise RequestError(Cause.INVALID, template.format(name=name, reason=reason) if name else reason) from None


async def read_body(request: Request) -> AsyncIterator[Body]:
    """A dependency: what the request brings, whatever its content type.

    Raises:
        RequestError: it is not what its content type says, or not UTF-8.
        CancelledError: the client went away in the middle of it.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    query = request.query_params.multi_items()
    form = FormData()
    try:
        if kind == UPLOAD:
            form = await request.form()
            files = {name: value for name, value in form.multi_items() if isinstance(value, UploadFile)}
            texts = [(name, value) for name, value in form.multi_items() if isinstance(value, str)]
            for _, value in texts:  # a part may name a character set of its own
                check_unicode(value, "a field")
            body = Body(form=_grouped([*query, *texts]), files=files)
        elif kind == FORM:
            body = Body(form=_grouped([*query, *_pairs(await request.body())]))
        elif kind == JSON or kind.endswith("+json"):
            body = Body(_object(await request.body()), _grouped(query))
        else:
            body = Body(form=_grouped(query))
    except ClientDisconnect:
        raise CancelledError("the client went away") from None
    try:
        yield body
    finally:
        await form.close()


def _pairs(content: bytes) -> list[tuple[str, str]]:
    """Not Starlette's parser: what is not percent-encoded is UTF-8 here, as `curl --data` sends it."""
    try:
        return parse_qsl(content.decode(), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS)
    except UnicodeDecodeError as error:
        raise RequestError(Cause.INVALID, f"the form is not UTF-8 ({error.reason})") from None
    except ValueError:
        raise RequestError(Cause.INVALID, f"the form has more than {MAX_FIELDS} fields") from None


def _object(content: bytes) -> dict[str, Any]:
    try:
        value = from_json(content or b"{}", allow_inf_nan=False)
    except ValueError as error:
        raise RequestError(Cause.INVALID, f"the body is not valid JSON: {error}") from None
    if not isinstance(value, dict):
        raise RequestError(Cause.INVALID, "the body must be a JSON object")
    return value


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for name, value in pairs:
        groups[name].append(value)
    return dict(groups)


Fields = Annotated[Body, Depends(read_body)]


def documented(model: type[BaseModel], *kinds: str, file: bool = False) -> dict[str, Any]:
    """The part of OpenAPI that describes a body which `Body.parse` reads; `file` adds an upload of that name."""
    schema = model.model_json_schema()
    schema = _inlined(schema, schema.pop("$defs", {}))
    if file:
        schema["properties"] |= {"file": {"type": "string", "format": "binary"}}
        schema["required"] = [*schema.get("required", []), "file"]
    return {"requestBody": {"required": True, "content": {kind: {"schema": schema} for kind in kinds}}}


def _inlined(schema: Any, definitions: Mapping[str, Any]) -> Any:
    if isinstance(schema, list):
        return [_inlined(part, definitions) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _inlined(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    return {name: _inlined(part, definitions) for name, part in schema.items()}
