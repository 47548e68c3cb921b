/* The page: what is pressed, typed and dropped, and what is shown. It speaks to the service through service.js only. */

import { download, isPlainText, textOf, translateDocument } from "./documents.js";
import { translate } from "./service.js";
import { Sheet } from "./sheets.js";

const STATUSES = ["kept", "translated", "repaired", "lost"];
const REMARKS = {
  copied: "Nothing to translate here.",
  degenerate: "The model went astray in this sentence: read it with care.",
};
const HINT = "Point at a sentence, or put the cursor in it, to see its other half.";
const at = (id) => document.getElementById(id);
const source = at("source");
const marks = new Sheet(at("marks"));
const target = new Sheet(at("target"));

let segments = []; // as the service gave them, with `at`, where the sentence begins in the whole text
let translation = "";
let fileName = "translation";
let key = "";
let running = null; // the AbortController of what is under way
let again = null; // what to do once a key was given
let active = -1;

/* Translating */

async function run(work) {
  running?.abort();
  const mine = (running = new AbortController());
  again = () => run(work);
  at("problem").hidden = at("door").hidden = true;
  busy(true);
  try {
    say(await work(mine.signal));
  } catch (error) {
    if (running !== mine) return; // another has taken over
    if (error.name === "AbortError") say("Cancelled. What came before is kept.");
    else fail(error);
  } finally {
    if (running === mine) {
      running = null;
      busy(false);
    }
  }
}

function translateText() {
  const text = source.value;
  if (!text.trim()) {
    say("There is no text yet: write, paste or drop some French.");
    source.focus();
    return;
  }
  run(async (signal) => {
    const chosen = options();
    forget();
    say("Translating…");
    const began = performance.now();
    let end = 0; // of what is on the sheets, in the text
    for await (const event of translate(text, chosen, key, signal)) {
      if (event.name === "pause") {
        say(`The service is busy; going on in ${event.seconds} s.`);
      } else if (event.name === "piece") {
        between(text.slice(end, event.end), text.slice(end, event.end));
        end = event.end;
        at("model").textContent = `Model: ${event.model}.`;
      } else {
        end = add(text, end, event);
        advance(end, text.length);
      }
    }
    if (segments.length && active < 0) put("quiet", HINT);
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    return `${counted(segments.length, "sentence")} in ${seconds} s.`;
  });
}

function add(text, end, { data, offset }) {
  const start = offset + data.start;
  between(text.slice(end, start), data.prefix);
  const found = data.entities;
  const label = (entity) => entity.label.toLowerCase();
  const french = marks.sentence(
    data.source,
    data.status,
    found.map((it) => ({ status: it.status, start: it.start - data.start, end: it.end - data.start, label: label(it) })),
  );
  const element = target.sentence(
    data.target,
    data.status,
    found
      .filter((it) => it.target !== null)
      .map((it) => ({ status: it.status, start: it.target_start, end: it.target_end, label: label(it) })),
  );
  element.tabIndex = segments.length ? -1 : 0;
  element.setAttribute("role", "group");
  // To those who hear the page, the other half is read out with a sentence.
  french.id = `french-${segments.length}`;
  element.setAttribute("aria-describedby", french.id);
  translation += data.target;
  segments.push({ ...data, at: start });
  count(found);
  const after = offset + data.end;
  // The separator is the service's; it is put on the sheets now, so that the next sentence knows its block.
  between(text.slice(after, after + data.separator.length), data.separator);
  return after + data.separator.length;
}

function between(french, english) {
  marks.between(french);
  target.between(english);
  translation += english;
}

function options() {
  const glossary = {};
  const lines = at("glossary").value.split("\n");
  lines.forEach((line, index) => {
    if (!line.trim()) return;
    const [french, ...rest] = line.split("=");
    const english = rest.join("=").trim();
    if (!french.trim() || !english)
      throw new Error(`Line ${index + 1} of the glossary is no term: write it as French = English.`);
    glossary[french.trim()] = english;
  });
  return { glossary, lines: at("lines").value };
}

/* Files */

async function take(file) {
  if (!file) return;
  if (isPlainText(file)) {
    source.value = await textOf(file);
    fileName = file.name.replace(/\.[^.]*$/, "");
    edited();
    translateText();
    return;
  }
  run(async (signal) => {
    say(`Translating ${file.name} as a document…`);
    const result = await translateDocument(file, options(), key, signal, advance);
    download(result.name, result.blob);
    return `${file.name} is translated: ${result.name} is among your downloads.`;
  });
}

/* Showing */

function say(words) {
  at("status").textContent = words;
}

function fail(error) {
  say("");
  if (error.status === 401 || error.status === 403) {
    at("door").hidden = false;
    at("key").focus();
    if (error.status === 401 && !key) return; // the field says it all
  }
  at("problem").textContent = error.message;
  at("problem").hidden = false;
}

function busy(on) {
  const held = document.activeElement;
  at("progress").hidden = !on;
  at("progress").value = 0;
  at("translate").hidden = on;
  at("cancel").hidden = !on;
  source.readOnly = on;
  at("target-pane").setAttribute("aria-busy", String(on));
  at("copy").disabled = at("download").disabled = on || !translation;
  if (held === at("translate") && on) at("cancel").focus();
  if (held === at("cancel") && !on) at("translate").focus();
}

function advance(done, total) {
  if (total) at("progress").value = done / total;
  at("count").textContent = segments.length ? counted(segments.length, "sentence") : "";
}

function count(entities) {
  for (const { status } of entities) {
    const place = at("legend").querySelector(`.${status} b`);
    place.textContent = Number(place.textContent) + 1;
    place.parentElement.disabled = false;
    at("legend").hidden = false;
  }
}

function counted(number, noun) {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}

/* The translation on show is of another text now. */
function forget() {
  light(-1);
  at("detail").replaceChildren();
  marks.clear();
  target.clear();
  segments = [];
  translation = "";
  at("count").textContent = "";
  at("legend").hidden = true;
  for (const place of at("legend").querySelectorAll("b")) {
    place.textContent = 0;
    place.parentElement.disabled = true;
  }
  at("copy").disabled = at("download").disabled = true;
}

function edited() {
  light(-1);
  at("detail").replaceChildren();
  marks.clear();
  if (segments.length) say("The French has changed: translate it again.");
  at("size").textContent = source.value ? counted(source.value.length, "character") : "";
  fit();
}

/* The field is as high as its text; its pane scrolls, and the marks behind it with it. */
function fit() {
  const pane = at("source-pane");
  const top = pane.scrollTop;
  source.style.minHeight = "0";
  source.style.minHeight = `${source.scrollHeight}px`;
  pane.scrollTop = top;
}

/* Both halves of a sentence */

function light(index, from = null) {
  if (index === active) return;
  for (const sheet of [marks, target]) {
    sheet.light(active, false);
    sheet.light(index, true);
  }
  active = index;
  if (from === marks) target.show(index, at("target-pane"));
  if (from === target) marks.show(index, at("source-pane"));
  tell(segments[index]);
}

function tell(segment) {
  at("detail").replaceChildren();
  if (!segment) return;
  put("quiet", `Sentence ${active + 1}`);
  if (REMARKS[segment.status]) put("remark", REMARKS[segment.status]);
  for (const { text, target: english, status } of segment.entities)
    put(`entity ${status}`, english === null ? `${text}: lost` : text === english ? text : `${text} → ${english}`);
}

function put(name, text) {
  const element = document.createElement("span");
  element.className = name;
  element.textContent = text;
  at("detail").append(element, " ");
}

function sentenceAt(offset) {
  let low = 0;
  let high = marks.sentences.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (segments[middle].at <= offset) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function nextOf(status) {
  const has = (segment) => segment.entities.some((entity) => entity.status === status);
  for (let step = 1; step <= segments.length; step++) {
    const index = (active + step) % segments.length;
    if (!has(segments[index])) continue;
    light(index, marks);
    marks.show(index, at("source-pane"));
    return;
  }
}

/* What is pressed */

const indexOf = (element) => Number(element?.closest(".sentence")?.dataset.index ?? -1);

at("translate").addEventListener("click", translateText);
at("cancel").addEventListener("click", () => running?.abort());
at("clear").addEventListener("click", () => {
  running?.abort();
  source.value = "";
  fileName = "translation";
  forget();
  edited();
  say("");
  source.focus();
});
at("copy").addEventListener("click", async () => {
  try {
    await navigator.clipboard.writeText(translation);
    say("Copied.");
  } catch {
    say("The browser does not let this page copy; select the English and copy it yourself.");
  }
});
at("download").addEventListener("click", () =>
  download(`${fileName}.en.txt`, new Blob([translation], { type: "text/plain;charset=utf-8" })),
);
at("open").addEventListener("click", () => at("file").click());
at("file").addEventListener("change", () => {
  take(at("file").files[0]);
  at("file").value = "";
});
at("door").addEventListener("submit", (event) => {
  event.preventDefault();
  key = at("key").value.trim();
  again();
});
at("glossary").addEventListener("input", () => {
  const lines = at("glossary").value.split("\n").filter((line) => line.trim());
  at("terms").textContent = lines.length ? counted(lines.length, "term") : "";
});
for (const status of STATUSES)
  at("legend").querySelector(`.${status}`).addEventListener("click", () => nextOf(status));

source.addEventListener("input", edited);
source.addEventListener("pointermove", (event) => {
  const below = document.elementsFromPoint(event.clientX, event.clientY); // the field lies over its marks
  const found = below.find((it) => it.closest("#marks .sentence"));
  if (found) light(indexOf(found), marks);
});
document.addEventListener("selectionchange", () => {
  if (document.activeElement === source && marks.sentences.length) light(sentenceAt(source.selectionStart), marks);
});
for (const name of ["pointerover", "focusin"])
  target.root.addEventListener(name, (event) => {
    // Between two sentences, the last one stays lit.
    if (indexOf(event.target) >= 0) light(indexOf(event.target), target);
  });
target.root.addEventListener("keydown", (event) => {
  const steps = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };
  const from = indexOf(event.target);
  const next = target.sentences[from + (steps[event.key] || 0)];
  if (!steps[event.key] || !next) return;
  event.preventDefault();
  target.sentences[from].tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) translateText();
  if (event.key === "Escape") running?.abort();
});
addEventListener("dragover", (event) => {
  if (!event.dataTransfer.types.includes("Files")) return;
  event.preventDefault();
  document.body.classList.add("dropping");
});
addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) document.body.classList.remove("dropping");
});
addEventListener("drop", (event) => {
  document.body.classList.remove("dropping");
  const file = event.dataTransfer.files[0];
  if (!file) return;
  event.preventDefault();
  take(file);
});
addEventListener("resize", fit);
edited();
