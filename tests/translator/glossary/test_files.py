import json
from pathlib import Path

import pytest

from translator.errors import GlossaryError
from translator.glossary import Glossary, Term

TBX_2 = """<?xml version="1.0"?>
<!DOCTYPE martif SYSTEM "TBXBasiccoreStructV02.dtd">
<martif type="TBX-Basic" xml:lang="fr"><text><body>
  <termEntry id="t1">
    <langSet xml:lang="fr"><tig><term>chaloupe</term></tig></langSet>
    <langSet xml:lang="en-GB"><tig><term>longboat</term></tig><tig><term>launch</term></tig></langSet>
  </termEntry>
  <termEntry id="t2"><langSet xml:lang="de"><tig><term>Boot</term></tig></langSet></termEntry>
</body></text></martif>"""
TBX_3 = """<tbx xmlns="urn:iso:std:iso:30042:ed-2" type="TBX-Basic"><text><body><conceptEntry>
  <langSec xml:lang="fr"><termSec><term>étrave</term></termSec></langSec>
  <langSec xml:lang="en"><termSec><term>stem</term></termSec></langSec>
</conceptEntry></body></text></tbx>"""


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("g.tsv", "\ufeffmât\tmast\r\n\r\nquille\t\r\nmât\tmast\r\n"),
        ("g.TSV", "source\ttarget\nmât\tmast\nquille\t"),
        ("g.csv", 'mât,mast\n"quille",""\n'),
        ("g.csv", "français;anglais\nmât;mast\nquille;\n"),
        ("g.csv", "mât,mast,fr,en\nquille,,FR,EN-GB\n"),
        ("g.json", '{"mât": "mast", "quille": ""}'),
    ],
)
def test_all_formats_give_the_same_terms(tmp_path: Path, name: str, content: str) -> None:
    assert Glossary.load(write(tmp_path, name, content)).terms == (Term("mât", ("mast",)), Term("quille"))


@pytest.mark.parametrize(
    ("content", "terms"),
    [(TBX_2, (Term("chaloupe", ("longboat", "launch")),)), (TBX_3, (Term("étrave", ("stem",)),))],
)
def test_tbx_of_both_versions(tmp_path: Path, content: str, terms: tuple[Term, ...]) -> None:
    assert Glossary.load(write(tmp_path, "g.tbx", content)).terms == terms


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("g.tsv", "mât\tmast\nquille", r"g\.tsv, line 2: 1 column.*a tab"),
        ("g.tsv", "mât\tmast\n\n\tkeel", r"g\.tsv, line 3: the source is empty"),
        ("g.tsv", "mât\tmast\nmât\tpole", r"g\.tsv, line 2: 'mât' has another target already \(.*g\.tsv, line 1\)"),
        ("g.tsv", b"m\xe2t\tmast", r"g\.tsv, line 1: byte 1 is not UTF-8"),
        ("g.csv", "mât,mast\nquille,keel,x", r"g\.csv, line 2: 3 column.*a comma"),
        ("g.csv", 'mât,mast\n"quille,keel', r"g\.csv, line 2: not valid CSV"),
        ("g.json", '{"mât":\n mast}', r"g\.json, line 2: not valid JSON"),
        ("g.json", '{"mât": "mast", "mât": "pole"}', r"g\.json, 'mât': 'mât' has another target"),
        ("g.json", '{"mât": 3}', r"g\.json: the target of 'mât' is not a string"),
        ("g.json", '["mât"]', r"g\.json: a JSON glossary is one object"),
        ("g.json", "[" * 100_000, r"g\.json: nested too deeply"),
        ("g.tbx", "<tbx>\n<", r"g\.tbx, line 2: not valid XML"),
        ("g.tbx", "<tbx/>", r"g\.tbx: holds no termEntry"),
        ("g.tbx", TBX_2.replace('"en-GB"', '"it"'), r"g\.tbx, line 4: 'chaloupe' has no English term"),
        ("g.tbx", '<!DOCTYPE x [<!ENTITY a "b">]>' + TBX_3, r"g\.tbx: declares XML entities"),
        ("g.xls", "", r"g\.xls: 'xls' is not a glossary format"),
        ("g", "", r"g: 'no suffix' is not a glossary format"),
    ],
)
def test_invalid_rows_name_file_and_line(tmp_path: Path, name: str, content: str | bytes, message: str) -> None:
    with pytest.raises(GlossaryError, match=message) as caught:
        Glossary.load(write(tmp_path, name, content))
    assert "\n" not in str(caught.value)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "absent.tsv", tmp_path):
        with pytest.raises(GlossaryError, match=r"cannot be read|not a glossary format"):
            Glossary.load(path)


def test_an_outside_entity_is_never_read(tmp_path: Path) -> None:
    secret = write(tmp_path, "secret.txt", "secret")
    content = f'<!DOCTYPE x [<!ENTITY a SYSTEM "{secret.as_uri()}">]>' + TBX_3.replace("stem", "&a;")
    with pytest.raises(GlossaryError, match="declares XML entities"):
        Glossary.load(write(tmp_path, "g.tbx", content))


def test_content_without_a_file() -> None:
    content = json.dumps({"mât": "mast"}).encode()
    assert Glossary.parse(content, "json").digest == Glossary.from_mapping({"mât": "mast"}).digest
    with pytest.raises(GlossaryError, match=r"^entries, line 1: 1 column"):
        Glossary.parse(b"x", "tsv", name="entries")
