"""What the OpenAPI document allows, and what it forbids, tried on every route: no answer is a fault of ours."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from processes import process
from schemathesis import APIOperation, Case, GenerationMode

pytestmark = [
    pytest.mark.system,
    # Of schemathesis's own dependencies.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]

EXAMPLES = 15
"""For each route and mode."""
FIRST_FAULT = 500
OVERLOADED = 503
PATIENCE_S = 30


def answers(operation: APIOperation[Any, Any, Any, Any], mode: GenerationMode) -> list[tuple[int, str]]:
    """Statuses, each with the command that repeats its request."""
    found: list[tuple[int, str]] = []

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def send(case: Case[Any]) -> None:
        found.append((case.call(timeout=PATIENCE_S).status_code, case.as_curl_command()))

    try:
        send()
    except Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE  # a route without parameters
    return found


def test_no_request_by_the_schema_or_against_it_is_a_fault_of_ours(tmp_path: Path) -> None:
    faults: list[str] = []
    routes = 0
    with process(tmp_path) as served:
        schema = schemathesis.openapi.from_url(f"{served.url}/openapi.json")
        for found in schema.get_all_operations():
            operation = found.ok()
            for mode in GenerationMode.POSITIVE, GenerationMode.NEGATIVE:
                given_answers = answers(operation, mode)
                print(operation.label, mode.value, dict(Counter(status for status, _ in given_answers)))
                faults += [
                    command for status, command in given_answers if status >= FIRST_FAULT and status != OVERLOADED
                ]
                assert given_answers or mode is GenerationMode.NEGATIVE
            routes += 1
        assert served.client.get("/health/ready").status_code == 200
    assert faults == []
    assert routes >= len(("/v1/translate", "/v1/translate/stream", "/v1/jobs", "/health/ready", "/metrics"))
