"""Archives: folders of documents and tables of records, translated by many workers, resumable at any moment.

What is done is what exists: every output, and every shard of one, is written aside and renamed. So a kill, a full disk
or a lost node loses only what was in work, and going on means doing what does not exist yet.
"""

from translator.bulk.executors import Executor, InProcess, Processes, planned
from translator.bulk.ledger import Ledger
from translator.bulk.progress import Counts, meter
from translator.bulk.runs import Run
from translator.bulk.sources import Source, find
from translator.bulk.units import Job

__all__ = [
    "Counts",
    "Executor",
    "InProcess",
    "Job",
    "Ledger",
    "Processes",
    "Run",
    "Source",
    "find",
    "meter",
    "planned",
]
