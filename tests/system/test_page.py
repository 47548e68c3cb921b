"""The page in a real Chromium, on a real server with the shipped model."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect, sync_playwright
from serving import Served, served

from service.settings import Settings
from translator import Translator

pytestmark = pytest.mark.system

CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE_MS = 60_000
WIDE = {"width": 1280, "height": 860}
NARROW = {"width": 360, "height": 740}
TEXT = "Le train arrive à la gare de Rennes. Les voyageurs attendent.\n\n🚲 Bonjour Zoé ! Il est 14 h 30."
ATTACK = "<img src=x onerror=\"document.title='owned'\"> & <script>document.title='owned'</script> est arrivé à Brest."
STREAM = "**/v1/translate/stream"
DROP = """([name, bytes]) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([new Uint8Array(bytes)], name));
  for (const type of ["dragover", "drop"])
    document.body.dispatchEvent(new DragEvent(type, {dataTransfer: transfer, bubbles: true, cancelable: true}));
}"""
ENDS = """() => {
  const marks = document.getElementById("marks");
  const [sheet, last] = [marks, marks.lastElementChild].map((it) => it.getBoundingClientRect());
  return [last.bottom - sheet.top + parseFloat(getComputedStyle(marks).paddingBottom), source.scrollHeight];
}"""
HALVES = ("marks", "target")
WATCH = """() => {
  window.counts = new Set();
  window.longest = 0;
  new MutationObserver(() => counts.add(document.querySelectorAll("#target .sentence").length))
    .observe(document.getElementById("target"), {childList: true, subtree: true});
  new PerformanceObserver((list) => list.getEntries().forEach((it) => longest = Math.max(longest, it.duration)))
    .observe({type: "longtask"});
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def server(translator: Translator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(translator, Settings(state_dir=tmp_path_factory.mktemp("page") / "state")) as running:
        yield running


@contextmanager
def visited(browser: Browser, server: Served, **options: Any) -> Iterator[Page]:
    """The page of `server`; what it must never do, load from elsewhere or run into an error, fails at the end."""
    context: BrowserContext = browser.new_context(**{"viewport": WIDE} | options)
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda line: faults.append(line.text) if "Policy" in line.text else None)
    page.on("request", lambda it: None if it.url.startswith((server.url, "blob:")) else faults.append(it.url))
    page.goto(server.url)
    yield page
    assert faults == []
    context.close()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Page]]:
    with ExitStack() as stack:
        yield lambda server, **options: stack.enter_context(visited(browser, server, **options))


Visit = Callable[..., Page]


def translate(page: Page, text: str) -> None:
    page.fill("#source", text)
    page.keyboard.press("Control+Enter")
    finished(page)


def finished(page: Page) -> None:
    expect(page.locator("#status")).to_contain_text("sentence", timeout=PATIENCE_MS)
    expect(page.locator("#translate")).to_be_visible()


def answer_of(server: Served, text: str, **options: Any) -> dict[str, Any]:
    body = {"text": text, "details": True, **options}
    translations: list[dict[str, Any]] = server.client.post("/v1/translate", json=body).json()["translations"]
    return translations[0]


def downloaded(page: Page) -> str:
    with page.expect_download() as download:
        page.click("#download")
    return Path(download.value.path()).read_bytes().decode()


def test_sentences_arrive_while_the_rest_is_translated(visit: Visit, server: Served, article: str) -> None:
    page = visit(server)
    long = article * 12
    held: list[Route] = []
    seen: list[str] = []

    def gate(route: Route) -> None:
        seen.append(route.request.url)
        if len(seen) == 2:
            held.append(route)
        else:
            route.continue_()

    page.route(STREAM, gate)
    page.evaluate(WATCH)
    page.fill("#source", long)
    page.click("#translate")
    while not held:
        page.wait_for_timeout(20)
    expect(page.locator("#cancel")).to_be_visible()
    expect(page.locator("#progress")).to_be_visible()
    assert page.locator("#target .sentence").count() > 100
    assert 0 < page.locator("#progress").evaluate("it => it.value") < 1
    held[0].continue_()
    finished(page)
    expect(page.locator("#progress")).to_be_hidden()
    counts = page.evaluate("[...counts]")
    assert len(counts) > 3
    assert counts == sorted(counts)
    segments = answer_of(server, long)["segments"]
    assert page.locator("#target .sentence").all_text_contents() == [segment["target"] for segment in segments]


def test_both_halves_light_up_by_pointer_by_keyboard_and_by_caret(visit: Visit, server: Served) -> None:
    page = visit(server)
    translate(page, TEXT)
    sentences = page.locator("#target .sentence")
    count = sentences.count()
    assert count == len(answer_of(server, TEXT)["segments"])

    def lit() -> list[list[str]]:
        return [page.locator(f"#{half} .lit").evaluate_all("all => all.map(it => it.dataset.index)") for half in HALVES]

    for index in range(count):
        sentences.nth(index).hover()
        assert lit() == [[str(index)]] * 2
    for index in range(count):
        box = page.locator("#marks .sentence").nth(index).bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        assert lit() == [[str(index)]] * 2
    sentences.first.focus()
    for index in range(count - 1):
        assert lit() == [[str(index)]] * 2
        page.keyboard.press("ArrowDown")
    assert lit() == [[str(count - 1)]] * 2
    described = page.locator("#target :focus").get_attribute("aria-describedby")
    assert page.locator(f"#marks #{described}").text_content() == "Il est 14 h 30."
    page.locator("#source").evaluate("(it, at) => { it.focus(); it.setSelectionRange(at, at); }", TEXT.index("Les") + 2)
    expect(page.locator("#marks .lit")).to_have_text("Les voyageurs attendent.")
    assert lit() == [["1"]] * 2


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_the_marks_lie_under_the_words_they_mark(visit: Visit, server: Served, article: str, viewport: Any) -> None:
    page = visit(server, viewport=viewport)
    text = (article * 2).strip()
    translate(page, text)
    page.set_viewport_size({"width": viewport["width"] - 20, "height": viewport["height"]})
    ends, height = page.evaluate(ENDS)
    assert ends == pytest.approx(height, abs=1)
    page.locator("#source").press("Control+End")
    page.keyboard.type(" Fin.")
    assert page.locator("#marks .sentence").count() == 0
    expect(page.locator("#status")).to_contain_text("translate it again")
    page.fill("#source", "Court.")
    assert page.evaluate("source.offsetHeight") == page.evaluate("document.getElementById('source-pane').clientHeight")


def test_entities_are_marked_counted_and_found(visit: Visit, server: Served, article: str) -> None:
    page = visit(server)
    translate(page, article)
    entities = [entity for segment in answer_of(server, article)["segments"] for entity in segment["entities"]]
    assert len(entities) > 20
    assert page.locator("#marks .entity").all_text_contents() == [entity["text"] for entity in entities]
    shown = sorted(page.locator("#target .entity").all_text_contents())
    assert shown == sorted(entity["target"] for entity in entities if entity["target"])
    for status in ("kept", "translated", "repaired", "lost"):
        expected = [entity["text"] for entity in entities if entity["status"] == status]
        assert page.locator(f"#legend .{status} b").text_content() == str(len(expected))
        assert page.locator(f"#legend .{status}").is_enabled() == bool(expected)
        assert page.locator(f"#marks .entity.{status}").all_text_contents() == expected
    page.click("#legend .translated")
    expect(page.locator("#target .lit .translated").first).to_be_in_viewport()
    expect(page.locator("#marks .lit .translated").first).to_be_in_viewport()
    expect(page.locator("#detail .translated").first).to_contain_text("→")


def test_the_glossary_is_applied_and_its_mistakes_are_told(visit: Visit, server: Served) -> None:
    page = visit(server)
    page.click("summary")
    page.fill("#glossary", "gare = railway terminal\nVoyageurs")
    page.fill("#source", TEXT)
    page.click("#translate")
    expect(page.locator("#problem")).to_contain_text("Line 2 of the glossary")
    page.fill("#glossary", "gare = railway terminal\n\n")
    expect(page.locator("#terms")).to_have_text("1 term")
    page.click("#translate")
    finished(page)
    expect(page.locator("#problem")).to_be_hidden()
    assert downloaded(page) == answer_of(server, TEXT, glossary={"gare": "railway terminal"})["text"]
    expect(page.locator("#target")).to_contain_text("railway terminal")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
def test_a_text_file_is_dropped(visit: Visit, server: Served, encoding: str) -> None:
    page = visit(server)
    text = "L’été à Nîmes.\nLe café est fermé."
    page.evaluate(DROP, ["été.txt", list(text.encode(encoding))])
    finished(page)
    assert page.input_value("#source") == text
    with page.expect_download() as download:
        page.click("#download")
    assert download.value.suggested_filename == "été.en.txt"
    assert Path(download.value.path()).read_bytes().decode() == answer_of(server, text)["text"]


def test_a_document_comes_back_as_a_file(visit: Visit, server: Served) -> None:
    page = visit(server)
    html = '<h1 id="titre">La gare de Rennes</h1><p>Les voyageurs attendent.</p>'
    with page.expect_download() as download:
        page.evaluate(DROP, ["page.html", list(html.encode())])
    result = Path(download.value.path()).read_text(encoding="utf-8")
    assert '<h1 id="titre">' in result
    assert "Rennes" in result
    assert download.value.suggested_filename in (page.locator("#status").text_content() or "")
    page.evaluate(DROP, ["broken.docx", [1, 2, 3]])
    expect(page.locator("#problem")).to_contain_text("docx")
    server.wait_for(lambda: server.client.get("/v1/jobs").json() == [])


def test_copy_and_download_give_the_translation(visit: Visit, server: Served) -> None:
    page = visit(server, permissions=["clipboard-read", "clipboard-write"])
    expect(page.locator("#copy")).to_be_disabled()
    text = f"\n  {TEXT}\n\n\n- Il pleut.\n"
    translate(page, text)
    expected = answer_of(server, text)["text"]
    assert downloaded(page) == expected
    page.click("#copy")
    expect(page.locator("#status")).to_have_text("Copied.")
    assert page.evaluate("navigator.clipboard.readText()") == expected


def test_dark_is_the_systems_choice_and_then_the_users(visit: Visit, server: Served) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    light = visit(server, color_scheme="light").evaluate(ground)
    page = visit(server, color_scheme="dark")
    dark = page.evaluate(ground)
    assert dark != light
    expect(page.locator("#theme")).to_have_attribute("aria-pressed", "true")
    page.click("#theme")
    assert page.evaluate(ground) == light
    page.reload()
    assert page.evaluate(ground) == light
    expect(page.locator("#theme")).to_have_attribute("aria-pressed", "false")


def test_a_narrow_screen_never_scrolls_sideways(visit: Visit, server: Served) -> None:
    page = visit(server, viewport=NARROW)
    width = "document.documentElement.scrollWidth"
    assert page.evaluate(width) == NARROW["width"]
    translate(page, TEXT + "\nhttps://exemple.fr/" + "a" * 300)
    page.click("summary")
    page.fill("#glossary", "x" * 300)
    page.locator("#target .sentence").last.hover()
    assert page.evaluate(width) == NARROW["width"]
    page.click("#translate")
    expect(page.locator("#problem")).to_be_visible()
    assert page.evaluate(width) == NARROW["width"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
def test_axe_finds_no_violation(visit: Visit, server: Served, article: str, scheme: str, viewport: Any) -> None:
    page = visit(server, color_scheme=scheme, viewport=viewport, reduced_motion="reduce")
    page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8"))

    def violations() -> list[tuple[str, str]]:
        found = page.evaluate("axe.run()")["violations"]
        return [(one["id"], node["html"]) for one in found for node in one["nodes"]]

    assert violations() == []
    translate(page, article)
    page.locator("#target .sentence").nth(1).hover()
    page.click("summary")
    assert violations() == []
    page.route(STREAM, lambda route: route.fulfill(status=403, json={"detail": "the API key is wrong"}))
    page.click("#translate")
    expect(page.locator("#door")).to_be_visible()
    assert violations() == []


def test_text_is_never_markup(visit: Visit, server: Served) -> None:
    page = visit(server)
    page.click("summary")
    page.fill("#glossary", f"Brest = {ATTACK}")
    translate(page, f"{ATTACK}\n\n{ATTACK} Brest !")
    page.evaluate(DROP, ["<img src=x onerror=alert(1)>.docx", [1]])
    expect(page.locator("#problem")).to_be_visible()
    assert page.locator("main img, main script, header img").count() == 0
    assert page.title() == "Passerelle: French to English"
    expect(page.locator("#target")).to_contain_text("<script>")


@pytest.mark.parametrize("how", ["escape", "button"])
def test_cancelling_ends_the_work_here_and_there(visit: Visit, server: Served, how: str) -> None:
    page = visit(server)
    server.valve.shut()
    try:
        page.fill("#source", f"Le texte est annulé par {how}.")
        page.click("#translate")
        server.wait_for(lambda: server.runtime.concurrency.running == 1)
        expect(page.locator("#cancel")).to_be_focused()
        page.keyboard.press("Escape") if how == "escape" else page.click("#cancel")
        expect(page.locator("#status")).to_contain_text("Cancelled")
        server.wait_for(lambda: server.runtime.concurrency.running == 0)
        page.click("#translate")
        page.click("#clear")
        expect(page.locator("#status")).to_be_empty()
        expect(page.locator("#source")).to_be_editable()
    finally:
        server.valve.open()
    page.fill("#source", TEXT)
    page.click("#translate")
    finished(page)


def test_the_key_is_asked_for_only_where_the_service_asks(visit: Visit, translator: Translator, tmp_path: Path) -> None:
    with served(translator, Settings(state_dir=tmp_path / "state")) as server:
        page = visit(server)
        expect(page.locator("#door")).to_be_hidden()
        _, token = server.runtime.keys.add("reader")
        page.fill("#source", TEXT)
        page.click("#translate")
        expect(page.locator("#key")).to_be_focused()
        expect(page.locator("#problem")).to_be_hidden()
        page.fill("#key", "not-a-key")
        page.keyboard.press("Enter")
        expect(page.locator("#problem")).to_contain_text("key is wrong")
        page.fill("#key", token)
        page.keyboard.press("Enter")
        finished(page)
        expect(page.locator("#door")).to_be_hidden()
        assert page.locator("#target .sentence").count() > 2
        assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]


def test_failures_are_told_in_words(visit: Visit, server: Served) -> None:
    page = visit(server)
    page.click("#translate")
    expect(page.locator("#status")).to_contain_text("There is no text yet")
    page.fill("#source", TEXT)
    cases: list[tuple[Callable[[Route], None], str]] = [
        (lambda route: route.abort(), "cannot be reached"),
        (lambda route: route.fulfill(status=502, body="<html>"), "status 502"),
        (
            lambda route: route.fulfill(status=413, json={"detail": "5 texts; at most 2"}),
            "5 texts; at most 2.",
        ),
        (lambda route: route.fulfill(status=200, body=": heartbeat\n\n"), "broke off"),
        (
            lambda route: route.fulfill(status=200, body='event: error\ndata: {"detail": "too late"}\n\n'),
            "Too late.",
        ),
    ]
    for answer, words in cases:
        page.route(STREAM, answer)
        page.click("#translate")
        expect(page.locator("#problem")).to_contain_text(words)
        page.unroute(STREAM)
    page.click("#translate")
    finished(page)
    expect(page.locator("#problem")).to_be_hidden()


def test_a_busy_service_is_asked_again(visit: Visit, server: Served) -> None:
    page = visit(server)
    asked: list[str] = []

    def busy_once(route: Route) -> None:
        asked.append(route.request.url)
        if len(asked) == 1:
            route.fulfill(status=503, json={"detail": "full"}, headers={"Retry-After": "1"})
        else:
            route.continue_()

    page.route(STREAM, busy_once)
    translate(page, TEXT)
    assert len(asked) == 2


def test_a_long_text_is_translated_as_the_api_does(
    visit: Visit, server: Served, article: str, record_property: Callable[[str, object], None]
) -> None:
    page = visit(server, permissions=["clipboard-read", "clipboard-write"])
    text = (article * 45)[:100_000]
    page.evaluate(WATCH)
    page.evaluate("text => navigator.clipboard.writeText(text)", text)
    page.locator("#source").press("Control+V")
    page.keyboard.press("Control+Enter")
    finished(page)
    record_property("page_longest_task_ms", page.evaluate("longest"))
    assert downloaded(page) == answer_of(server, text)["text"]
    assert page.evaluate("document.getElementById('marks').scrollHeight") <= page.evaluate("source.scrollHeight")
    page.locator("#target .sentence").last.focus()
    expect(page.locator("#marks .lit")).to_be_in_viewport()
