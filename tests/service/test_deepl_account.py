"""What DeepL's client learns of its account: usage, languages, the memory, and what is not offered here."""

import deepl
import pytest
from serving import Serve, Served

SENTENCE = "Le musée ouvre ses portes au public samedi matin."


def test_the_account(serve: Serve) -> None:
    served = serve()
    _, token = served.runtime.keys.add("small", quota=1000)
    client = deepl.DeepLClient(token, server_url=served.url)
    client.translate_text(SENTENCE, target_lang="EN-GB")
    usage = client.get_usage()
    assert (usage.character.count, usage.character.limit) == (len(SENTENCE), 1000)
    assert not usage.any_limit_reached
    assert [(item.code, item.name) for item in client.get_source_languages()] == [("FR", "French")]
    assert {item.code: item.supports_formality for item in client.get_target_languages()} == {
        "EN-GB": False,
        "EN-US": False,
    }
    assert [(pair.source_lang, pair.target_lang) for pair in client.get_glossary_languages()] == [("fr", "en")]
    client.close()


def test_languages_of_the_third_version(shared_server: Served) -> None:
    found = shared_server.client.get("/v3/languages", params={"resource": "translate_text"}).json()
    assert [(item["lang"], item["usable_as_source"], item["usable_as_target"]) for item in found] == [
        ("fr", True, False),
        ("en-GB", False, True),
        ("en-US", False, True),
    ]
    assert found[0]["features"]["glossary"] == {"status": "stable"}
    assert [item["lang"] for item in shared_server.client.get("/v3/languages?resource=glossary").json()] == ["fr", "en"]
    assert shared_server.client.get("/v3/languages?resource=voice").status_code == 400
    assert shared_server.client.get("/v2/languages?type=both").status_code == 400


def test_the_translation_memory(serve: Serve) -> None:
    served = serve(memory_entries=100)
    client = deepl.DeepLClient("any", server_url=served.url)
    client.translate_text(SENTENCE, target_lang="EN-GB")
    (memory,) = client.list_translation_memories()
    assert (memory.source_language, memory.target_languages) == ("fr", ["en"])
    assert memory.segment_count == 1
    assert client.get_translation_memory(memory).translation_memory_id == memory.translation_memory_id
    assert client.list_translation_memories(page=1) == []
    hits = served.runtime.memory.store.hits if served.runtime.memory else 0
    client.translate_text(SENTENCE, target_lang="EN-GB", translation_memory=memory, translation_memory_threshold=80)
    assert served.runtime.memory is not None
    assert served.runtime.memory.store.hits == hits + 1
    with pytest.raises(deepl.DeepLException, match="Translation memory not found"):
        client.translate_text(SENTENCE, target_lang="EN-GB", translation_memory="0")
    with pytest.raises(deepl.AuthorizationException, match="does not offer"):
        client.list_translation_memory_segments(memory)
    client.close()
    without = deepl.DeepLClient("any", server_url=serve(memory_entries=0).url)
    assert without.list_translation_memories() == []
    with pytest.raises(deepl.DeepLException, match="Translation memory not found"):
        without.get_translation_memory(memory)
    without.close()


def test_what_is_not_offered_is_refused_as_a_feature_that_the_account_lacks(shared_server: Served) -> None:
    client = deepl.DeepLClient("any", server_url=shared_server.url)
    calls = [
        lambda: client.rephrase_text(SENTENCE),
        lambda: client.correct_text(SENTENCE, target_lang="EN-GB"),
        lambda: client.get_all_style_rules(),
        lambda: client.create_style_rule("mine", "en"),
        lambda: client.delete_style_rule("0"),
        lambda: client.delete_translation_memory("0"),
        lambda: client.create_translation_memory_import("a.tmx", 10),
    ]
    for call in calls:
        with pytest.raises(deepl.AuthorizationException, match="This service does not offer") as refusal:
            call()
        assert refusal.value.http_status_code == 403
    client.close()
