"""Glossaries of both versions, made, changed and used by DeepL's own client."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import deepl
import pytest
from deepl.api_data import MultilingualGlossaryDictionaryEntries as Dictionary
from serving import Serve, Served

from service.api.deepl.terms import parse_entries
from service.errors import RequestError
from service.glossaries import MAX_DICTIONARY_CHARACTERS, MAX_GLOSSARIES
from translator import Translator

TERMS = {"mairie": "borough hall", "chien de garde": "watch-dog"}
SENTENCE = "La mairie a un chien de garde."


@pytest.fixture
def served(serve: Serve) -> Served:
    return serve()


@pytest.fixture
def client(served: Served) -> Iterator[deepl.DeepLClient]:
    of_desk = deepl.DeepLClient(served.runtime.keys.add("desk")[1], server_url=served.url)
    yield of_desk
    of_desk.close()


def test_a_glossary_is_made_listed_read_used_and_deleted(client: deepl.DeepLClient, translator: Translator) -> None:
    made = client.create_glossary("Lokal", "fr", "en-GB", TERMS)
    assert (made.name, made.ready, made.source_lang, made.target_lang) == ("Lokal", True, "FR", "EN")
    assert made.entry_count == len(TERMS)
    assert abs(datetime.now(UTC) - made.creation_time) < timedelta(minutes=1)
    assert [glossary.glossary_id for glossary in client.list_glossaries()] == [made.glossary_id]
    assert client.get_glossary(made.glossary_id).name == "Lokal"
    assert client.get_glossary_entries(made) == TERMS
    expected = translator.translate(SENTENCE, glossary=TERMS).text
    assert "borough hall" in expected
    assert client.translate_text_with_glossary(SENTENCE, made).text == expected
    assert client.translate_text(SENTENCE, source_lang="FR", target_lang="EN-US", glossary=made).text == expected
    html = client.translate_text_with_glossary(f"<p>{SENTENCE}</p>", made, tag_handling="html").text
    assert "borough hall" in html
    client.delete_glossary(made)
    assert client.list_glossaries() == []
    for call in (client.get_glossary, client.get_glossary_entries, client.delete_glossary):
        with pytest.raises(deepl.GlossaryNotFoundException):
            call(made.glossary_id)
    with pytest.raises(deepl.DeepLException, match="Glossary not found") as gone:
        client.translate_text_with_glossary(SENTENCE, made)
    assert gone.value.http_status_code == 404


def test_csv_is_read_with_and_without_languages(client: deepl.DeepLClient) -> None:
    for csv in ('mairie,"hall, borough"\nchat,cat\n', 'mairie,"hall, borough",fr,en\r\n\r\nchat,cat,fr,en'):
        made = client.create_glossary_from_csv("csv", "FR", "EN", csv)
        assert client.get_glossary_entries(made) == {"mairie": "hall, borough", "chat": "cat"}


def test_no_entry_is_taken_for_a_header() -> None:
    assert parse_entries("fr\ten\nsource\ttarget\n", "tsv") == {"fr": "en", "source": "target"}


@pytest.mark.parametrize(
    ("entries", "format"),
    [
        ("", "tsv"),
        (" \n\n", "tsv"),
        ("mairie", "tsv"),
        ("mairie\t", "tsv"),
        ("\tborough hall", "tsv"),
        ("mairie\ta\tb", "tsv"),
        ("mairie\ta\nmairie\tb", "tsv"),
        ("mairie\ta\0", "tsv"),
        ("mairie\t" + "x" * 501, "tsv"),
        ('mairie,"a', "csv"),
        ("mairie", "csv"),
    ],
)
def test_entries_that_are_none_are_refused(entries: str, format: str) -> None:
    with pytest.raises(RequestError, match="Invalid glossary entries provided: "):
        parse_entries(entries, format)


def test_a_refused_glossary_leaves_nothing(client: deepl.DeepLClient) -> None:
    with pytest.raises(deepl.DeepLException, match="entry 2") as refusal:
        client.create_glossary_from_csv("csv", "FR", "EN", "mairie,hall\nmairie\n")
    assert refusal.value.http_status_code == 400
    for source, target in (("EN", "FR"), ("FR", "DE"), ("DE", "EN")):
        with pytest.raises(deepl.DeepLException, match="Unsupported glossary source and target language pair"):
            client.create_glossary("other", source, target, {"a": "b"})
    assert client.list_glossaries() == []


def test_a_multilingual_glossary_is_made_changed_used_and_deleted(
    client: deepl.DeepLClient, translator: Translator
) -> None:
    made = client.create_multilingual_glossary("Lokal", [Dictionary("FR", "EN", {"mairie": "hall"})])
    (info,) = made.dictionaries
    assert (info.source_lang, info.target_lang, info.entry_count) == ("FR", "EN", 1)

    renamed = client.update_multilingual_glossary_name(made, "Local")
    assert (renamed.name, client.get_multilingual_glossary(made.glossary_id).name) == ("Local", "Local")

    more = client.update_multilingual_glossary_dictionary(made, Dictionary("FR", "EN-US", TERMS))
    assert more.dictionaries[0].entry_count == 2
    (found,) = client.get_multilingual_glossary_entries(made, "fr", "en-US").dictionaries
    assert deepl.convert_tsv_to_dict(found.entries) == TERMS
    expected = translator.translate(SENTENCE, glossary=TERMS).text
    assert client.translate_text(SENTENCE, source_lang="FR", target_lang="EN-GB", glossary=made).text == expected

    replaced = client.replace_multilingual_glossary_dictionary(made, Dictionary("FR", "EN", {"chat": "moggy"}))
    assert replaced.entry_count == 1
    csv = client.replace_multilingual_glossary_dictionary_from_csv(made, "FR", "EN", "chat,tabby\nchien,hound\n")
    assert csv.entry_count == 2
    assert [item.name for item in client.list_multilingual_glossaries()] == ["Local"]
    assert client.get_glossary_entries(made.glossary_id) == {"chat": "tabby", "chien": "hound"}

    client.delete_multilingual_glossary_dictionary(made, source_lang="FR", target_lang="EN")
    assert client.get_multilingual_glossary(made.glossary_id).dictionaries == []
    assert client.list_glossaries() == []
    for call in (
        lambda: client.get_multilingual_glossary_entries(made, "FR", "EN"),
        lambda: client.delete_multilingual_glossary_dictionary(made, source_lang="FR", target_lang="EN"),
        lambda: client.get_glossary(made.glossary_id),
    ):
        with pytest.raises(deepl.GlossaryNotFoundException):
            call()
    with pytest.raises(deepl.DeepLException, match="Dictionary not found"):
        client.translate_text(SENTENCE, source_lang="FR", target_lang="EN-GB", glossary=made.glossary_id)

    client.delete_multilingual_glossary(made)
    assert client.list_multilingual_glossaries() == []
    for call in (
        lambda: client.get_multilingual_glossary(made.glossary_id),
        lambda: client.update_multilingual_glossary_name(made, "gone"),
        lambda: client.replace_multilingual_glossary_dictionary(made, Dictionary("FR", "EN", TERMS)),
        lambda: client.delete_multilingual_glossary(made),
    ):
        with pytest.raises(deepl.GlossaryNotFoundException):
            call()


def test_other_languages_have_no_dictionary(client: deepl.DeepLClient) -> None:
    with pytest.raises(deepl.DeepLException, match="it can be fr to en"):
        client.create_multilingual_glossary(
            "two", [Dictionary("FR", "EN", {"chat": "cat"}), Dictionary("FR", "DE", {"chat": "Katze"})]
        )
    with pytest.raises(deepl.DeepLException, match="one dictionary for each language pair"):
        client.create_multilingual_glossary(
            "twice", [Dictionary("FR", "EN", {"chat": "cat"}), Dictionary("FR", "EN-GB", {"chat": "tabby"})]
        )
    assert client.list_multilingual_glossaries() == []


def test_the_first_of_several_glossaries_decides(client: deepl.DeepLClient, translator: Translator) -> None:
    first = client.create_glossary("first", "FR", "EN", {"mairie": "borough hall"})
    second = client.create_glossary("second", "FR", "EN", {"mairie": "city hall", "chien de garde": "watch-dog"})
    result = client.translate_text(SENTENCE, source_lang="FR", target_lang="EN-GB", glossary_ids=[first, second])
    assert result.text == translator.translate(SENTENCE, glossary=TERMS).text
    body = {"text": SENTENCE, "source_lang": "FR", "target_lang": "EN"}
    ids = f"{first.glossary_id},{second.glossary_id}"
    post = client._client._session.post
    answer = post(f"{client.server_url}/v2/translate", data=body | {"glossary_ids": ids}, headers=client.headers)
    assert answer.json()["translations"][0]["text"] == result.text
    both = body | {"glossary_ids": [first.glossary_id], "glossary_id": second.glossary_id}
    refused = post(f"{client.server_url}/v2/translate", json=both, headers=client.headers)
    assert (refused.status_code, "cannot be used together" in refused.json()["message"]) == (400, True)


def test_changes_are_seen_at_once(client: deepl.DeepLClient) -> None:
    made = client.create_multilingual_glossary("x", [Dictionary("FR", "EN", {"mairie": "borough hall"})])
    for target in ("borough hall", "town house"):
        client.replace_multilingual_glossary_dictionary(made, Dictionary("FR", "EN", {"mairie": target}))
        result = client.translate_text("La mairie est là.", source_lang="FR", target_lang="EN-GB", glossary=made)
        assert target in result.text


def test_a_glossary_does_not_exist_for_another_key(served: Served, client: deepl.DeepLClient) -> None:
    made = client.create_glossary("mine", "FR", "EN", TERMS)
    other = deepl.DeepLClient(served.runtime.keys.add("other")[1], server_url=served.url)
    assert other.list_glossaries() == []
    assert other.list_multilingual_glossaries() == []
    for call in (other.get_glossary, other.get_glossary_entries, other.delete_glossary):
        with pytest.raises(deepl.GlossaryNotFoundException):
            call(made.glossary_id)
    with pytest.raises(deepl.DeepLException, match="Glossary not found"):
        other.translate_text(SENTENCE, source_lang="FR", target_lang="EN-GB", glossary=made.glossary_id)
    assert client.get_glossary(made.glossary_id).entry_count == 2
    other.close()


def test_glossaries_outlive_the_process_and_are_bounded(serve: Serve) -> None:
    one = serve()
    client = deepl.DeepLClient("any", server_url=one.url)
    made = client.create_glossary("kept", "FR", "EN", TERMS)
    for number in range(MAX_GLOSSARIES - 1):
        one.runtime.glossaries.create("", str(number), {})
    with pytest.raises(deepl.QuotaExceededException, match="delete some"):
        client.create_glossary("too many", "FR", "EN", TERMS)
    client.close()
    again = deepl.DeepLClient("any", server_url=serve().url)
    assert again.get_glossary_entries(made.glossary_id) == TERMS
    again.close()


def test_dictionaries_are_bounded_alone_and_together(served: Served, client: deepl.DeepLClient) -> None:
    owner = served.runtime.keys.list()[0].id
    most = {f"mot {number}": "x" * 400 for number in range(MAX_DICTIONARY_CHARACTERS // 450)}
    first, second = (served.runtime.glossaries.create(owner, name, {("fr", "en"): most}).id for name in "ab")
    with pytest.raises(deepl.DeepLException, match="413"):
        client.translate_text(SENTENCE, source_lang="FR", target_lang="EN-GB", glossary_ids=[first, second])
    more = Dictionary("FR", "EN", {f"autre {number}": "x" * 400 for number in range(1000)})
    with pytest.raises(deepl.DeepLException, match="413"):
        client.update_multilingual_glossary_dictionary(first, more)
    assert client.get_multilingual_glossary(first).dictionaries[0].entry_count == len(most)
