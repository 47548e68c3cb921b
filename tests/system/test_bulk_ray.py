"""On a Ray cluster of two nodes of one processor, one taken away after the first finished shard: nothing is lost."""

import json
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from translator.bulk import Counts, Job, Ledger, Run, find, meter
from translator.bulk.cluster import RayCluster
from translator.formats import Selection

pytestmark = [pytest.mark.system, pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::FutureWarning")]

RECORDS = 300
FIRST = 300
PATIENCE_S = 240


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "table.jsonl"
    lines = (json.dumps({"id": n, "text": f"Le wagon {FIRST + n} est vide, et le train part."}) for n in range(RECORDS))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def cluster() -> Iterator[object]:
    ray = pytest.importorskip("ray")
    from ray.cluster_utils import Cluster

    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    made.second = made.add_node(num_cpus=1)
    made.wait_for_nodes()
    ray.init(address=made.address, log_to_driver=False, include_dashboard=False)
    yield made
    ray.shutdown()
    made.shutdown()


@pytest.mark.timeout(PATIENCE_S + 60)
def test_a_lost_node_loses_nothing(cluster: object, table: Path, tmp_path: Path) -> None:
    import ray

    out = tmp_path / "out"
    nodes: list[int] = []
    finished = threading.Event()

    def take_away() -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not list(out.rglob("0*.json")) and time.monotonic() < deadline and not finished.is_set():
            time.sleep(0.02)
        nodes.append(len(list(out.rglob("0*.json"))))
        cluster.remove_node(cluster.second)  # type: ignore[attr-defined]

    thread = threading.Thread(target=take_away)
    thread.start()
    job = Job(selection=Selection(column="text"), options={"beam_size": 4})
    counts = Counts()
    with Ledger(str(out), {}, resume=False) as ledger, meter(0) as shown:
        Run(job, ledger, records_per_shard=5).do(find([str(table)], str(out)), RayCluster(job), counts, shown)
        failures = ledger.failures
    finished.set()
    thread.join()

    assert 0 < nodes[0] < RECORDS // 5, "the node went while there was work"
    assert len([node for node in ray.nodes() if node["Alive"]]) == 1
    assert failures == 0
    assert counts.files == 1
    read = [json.loads(line) for line in (out / "table.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [record["id"] for record in read] == list(range(RECORDS))
    for record in read:
        assert str(FIRST + record["id"]) in re.findall(r"\d+", record["text"])
        assert "wagon est" not in record["text"]
