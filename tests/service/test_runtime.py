"""Under load, and when things go wrong: nothing blocks, nothing leaks, and everyone is told the truth."""

import json
import logging
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from serving import PATIENCE_S, Serve, Served

from service.app import create_app
from service.logs import JsonFormatter
from service.metrics import Metrics
from service.readiness import ModelHost
from service.settings import Settings
from service.threads import LARGE_CHARACTERS, MAX_LARGE_THREADS
from translator import Translator
from translator.errors import ModelError

SENTENCE = "Le conseil municipal se réunit demain soir à Nantes (voir https://exemple.fr/nantes)."


def post(served: Served, text: Any = SENTENCE, path: str = "/v1/translate") -> httpx.Response:
    return httpx.post(served.url + path, json={"text": text}, timeout=PATIENCE_S)


def send_and_leave(served: Served, path: str = "/v1/translate", text: str = SENTENCE) -> None:
    """A client that goes away once its request is in."""
    running = served.runtime.concurrency.running
    body = json.dumps({"text": text}).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", httpx.URL(served.url).port or 0)) as connection:
        connection.sendall(head.encode() + body)
        served.wait_for(lambda: served.runtime.concurrency.running > running)


def test_a_slow_engine_blocks_neither_probes_nor_refusals(serve: Serve) -> None:
    served = serve()
    served.valve.shut()
    with ThreadPoolExecutor(8) as threads:
        pending = [threads.submit(post, served) for _ in range(8)]
        served.wait_for(lambda: served.runtime.concurrency.running == 8)
        assert served.client.get("/health/live").status_code == 200
        assert served.client.get("/metrics").status_code == 200
        assert served.client.post("/v1/translate", json={}).status_code == 422
        served.valve.open()
        assert {future.result().status_code for future in pending} == {200}


def test_requests_in_flight_share_batches_and_get_their_own_answers(serve: Serve, translator: Translator) -> None:
    served = serve()
    texts = [f"Le train numéro {number} part à midi." for number in range(40)]
    expected = [translation.text for translation in translator.translate_many(texts)]
    served.valve.shut()
    with ThreadPoolExecutor(40) as threads:
        pending = [threads.submit(post, served, text) for text in texts]
        served.wait_for(lambda: served.runtime.concurrency.running == 40)
        before = served.valve.batches
        served.valve.open()
        answers = [future.result().json()["translations"][0]["text"] for future in pending]
    assert answers == expected
    assert served.valve.batches - before < 30


def test_beyond_the_slots_requests_are_refused_while_the_work_in_flight_goes_on(serve: Serve) -> None:
    served = serve(max_concurrent=2)
    served.valve.shut()
    with ThreadPoolExecutor(2) as threads:
        pending = [threads.submit(post, served) for _ in range(2)]
        served.wait_for(lambda: served.runtime.concurrency.running == 2)
        for path in ("/v1/translate", "/v1/translate/stream"):
            refused = post(served, path=path)
            assert refused.status_code == 503
            assert int(refused.headers["retry-after"]) >= 1
            assert refused.json()["type"] == "urn:passerelle:error:overloaded"
        served.valve.open()
        assert {future.result().status_code for future in pending} == {200}
    assert post(served).status_code == 200


def test_a_full_queue_refuses(serve: Serve) -> None:
    served = serve(max_queue_tokens=8, max_batch_tokens=8)
    served.valve.shut()
    with ThreadPoolExecutor(12) as threads:
        pending = [threads.submit(post, served) for _ in range(12)]
        first = next(as_completed(pending))
        assert first.result().status_code == 503
        assert "retry-after" in first.result().headers
        served.valve.open()
        assert {future.result().status_code for future in pending} == {200, 503}


def test_work_that_takes_too_long_is_ended(serve: Serve) -> None:
    served = serve(request_timeout_s=0.3)
    served.valve.shut()
    late = [post(served, path=path) for path in ("/v1/translate", "/v1/translate/stream")]
    assert [answer.status_code for answer in late] == [504, 504]
    assert served.runtime.host.ready().scheduler.waiting_tokens == 0
    served.valve.open()
    assert post(served).status_code == 200


def test_clients_that_leave_free_their_slots_and_their_work(serve: Serve) -> None:
    served = serve(max_concurrent=4)
    served.valve.shut()
    for _ in range(20):
        for path in ("/v1/translate", "/v1/translate/stream"):
            send_and_leave(served, path)
            served.wait_for(lambda: served.runtime.concurrency.running == 0)
    assert served.runtime.host.ready().scheduler.waiting_tokens == 0
    served.valve.open()
    assert post(served).status_code == 200
    assert served.runtime.usage.used("") == len(SENTENCE)


def test_the_turns_of_long_texts_come_back_when_their_clients_leave(serve: Serve) -> None:
    served = serve()
    served.valve.shut()
    text = " ".join(f"La phrase numéro {number} est courte." for number in range(LARGE_CHARACTERS // 30))
    assert len(text) > LARGE_CHARACTERS
    for path in ("/v1/translate", "/v1/translate/stream"):
        for _ in range(2 * MAX_LARGE_THREADS):
            send_and_leave(served, path, text)
            served.wait_for(lambda: served.runtime.concurrency.running == 0)
    served.valve.open()
    assert post(served, text).status_code == 200


def test_a_broken_engine_is_a_fault_without_details_and_takes_the_service_out(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    served = serve()
    served.valve.broken = True
    answer = post(served)
    assert (answer.status_code, answer.json()["type"]) == (500, "urn:passerelle:error:fault")
    assert "order" not in answer.text
    served.runtime.host.self_test_every_s = 0
    ready = served.client.get("/health/ready")
    assert (ready.status_code, ready.json()["status"]) == (503, "unavailable")
    assert served.client.get("/health/live").status_code == 200
    served.valve.broken = False
    assert served.client.get("/health/ready").status_code == 200


def test_a_stream_that_fails_on_the_way_says_so_in_the_stream(serve: Serve) -> None:
    served = serve()
    texts = [f"Phrase numéro {number}." for number in range(6)]
    with served.client.stream("POST", "/v1/translate/stream", json={"text": texts}) as response:
        lines = response.iter_lines()
        first = next(line for line in lines if line.startswith("data:"))
        assert json.loads(first.removeprefix("data: "))["text_index"] == 0
        served.valve.broken = True
        rest = [line for line in lines if line.startswith(("event:", "data:"))]
    assert rest[-2] in ("event: error", "event: done")
    if rest[-2] == "event: error":
        assert json.loads(rest[-1].removeprefix("data: "))["status"] == 500


def test_a_draining_service_is_not_ready_refuses_what_comes_and_finishes_what_runs(serve: Serve) -> None:
    served = serve()
    served.valve.shut()
    with ThreadPoolExecutor(1) as threads:
        accepted = threads.submit(post, served)
        served.wait_for(lambda: served.runtime.concurrency.running == 1)
        served.runtime.drain()
        assert served.client.get("/health/ready").status_code == 503
        assert served.client.get("/health/live").status_code == 200
        refused = post(served)
        assert refused.status_code == 503
        assert "retry-after" in refused.headers
        served.valve.open()
        assert accepted.result().status_code == 200


def test_while_the_model_loads_the_service_lives_but_is_not_ready(translator: Translator, tmp_path: Path) -> None:
    loading = threading.Event()

    def load() -> Translator:
        assert loading.wait(PATIENCE_S)
        raise ModelError("the weights are torn")

    app = create_app(settings=Settings(state_dir=tmp_path), load=load)
    failed = threading.Event()
    app.state.runtime.host.failed = failed.set
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, ws="none"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.005)
    url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    assert httpx.get(f"{url}/health/live").status_code == 200
    assert httpx.get(f"{url}/health/ready").json()["reason"] == "the model is being loaded"
    early = httpx.post(f"{url}/v1/translate", json={"text": "a"})
    assert (early.status_code, early.headers["retry-after"]) == (503, "1")
    loading.set()
    assert failed.wait(PATIENCE_S)
    assert "cannot be used" in httpx.get(f"{url}/health/ready").json()["reason"]
    server.should_exit = True
    thread.join()


def test_the_process_is_told_once_the_model_is_ready(translator: Translator, tmp_path: Path) -> None:
    heard: list[str] = []
    host = ModelHost(Settings(state_dir=tmp_path), lambda: translator, Metrics())
    host.succeeded = lambda: heard.append("succeeded")
    host.failed = lambda: heard.append("failed")
    host.load(lambda loaded: heard.append(loaded.translator.model.name)).join()
    assert heard == [translator.model.name, "succeeded"]
    host.ready().scheduler.close()


def test_the_memory_answers_repeated_texts_and_never_those_of_another_key(serve: Serve) -> None:
    served = serve(memory_entries=100)
    tokens = [served.runtime.keys.add(name)[1] for name in ("un", "deux")]

    def translate(token: str) -> str:
        headers = {"X-API-Key": token}
        answer = served.client.post("/v1/translate", json={"text": SENTENCE}, headers=headers)
        return str(answer.json()["translations"][0]["text"])

    counts = []
    texts = set()
    for token in (tokens[0], tokens[0], tokens[1]):
        before = served.valve.batches
        texts.add(translate(token))
        counts.append(served.valve.batches - before)
    assert len(texts) == 1
    assert counts[0] >= 1
    assert counts[1] == 0
    assert counts[2] >= 1
    assert "passerelle_memory_hits 1.0" in served.client.get("/metrics").text


def test_metrics_count_what_happened(serve: Serve) -> None:
    served = serve()
    post(served)
    served.client.post("/v1/translate", json={})
    served.client.get("/nowhere/of/the/users/making")
    text = served.client.get("/metrics").text
    assert 'passerelle_requests_total{method="POST",route="/v1/translate",status="200"} 1.0' in text
    assert 'passerelle_requests_total{method="POST",route="/v1/translate",status="422"} 1.0' in text
    assert 'route="(none)",status="404"' in text
    assert "making" not in text
    assert 'passerelle_errors_total{cause="invalid"} 1.0' in text
    assert f"passerelle_characters_total {float(len(SENTENCE))}" in text
    assert 'passerelle_segments_total{status="translated"} 1.0' in text
    assert "passerelle_entities_total{status=" in text
    for stage in ("queue", "engine", "pipeline"):
        assert f'passerelle_stage_seconds_count{{stage="{stage}"}}' in text
    assert "passerelle_queue_tokens 0.0" in text


def test_logs_are_json_with_the_request_id_and_without_what_users_wrote(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    served = serve()
    secret = "Zébulon"
    with caplog.at_level(logging.INFO, logger="passerelle"):
        headers = {"X-Request-ID": "trace-7"}
        for body in ({"text": secret}, {"text": 3, secret: secret}, {"text": "a", "glossary": {secret: [secret]}}):
            served.client.post(f"/v1/translate?q={secret}", json=body, headers=headers)
        served.valve.broken = True
        served.client.post("/v1/translate", json={"text": f"Monsieur {secret} arrive."}, headers=headers)
        # The log line of the fixture's own probe may come among these.
        served.wait_for(lambda: sum(getattr(record, "request_id", "") == "trace-7" for record in caplog.records) >= 5)
    lines = [JsonFormatter().format(record) for record in caplog.records]
    assert all(json.loads(line)["time"] for line in lines)
    requests = [json.loads(line) for line in lines if '"trace-7"' in line and '"message": "request"' in line]
    assert [line["status"] for line in requests[-4:]] == [200, 422, 422, 500]
    assert all(line["request_id"] == "trace-7" for line in requests[-4:])
    assert requests[-4]["characters"] == len(secret)
    assert "RuntimeError at " in "".join(lines)
    assert all(word not in line for line in lines for word in (secret, json.dumps(secret)[1:-1], "out of order"))
