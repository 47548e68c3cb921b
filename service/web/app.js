/* The page: what is pressed, typed and dropped, and what is shown. It speaks to the service through service.js only. */

import { download, isPlainText, textOf, translateDocument } from "./documents.js";
import { Reading } from "./reading.js";
import { translate } from "./service.js";

const STATUSES = ["kept", "translated", "repaired", "lost"];
const at = (id) => document.getElementById(id);
const source = at("source");
const reading = new Reading({
  field: source,
  marks: at("marks"),
  fieldPane: at("source-pane"),
  target: at("target"),
  targetPane: at("target-pane"),
  detail: at("detail"),
});

let fileName = "translation";
let key = "";
let running = null; // the AbortController of what is under way
let again = null; // what to do once a key was given

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
        reading.between(text.slice(end, event.end), text.slice(end, event.end));
        end = event.end;
        at("model").textContent = `Model: ${event.model}.`;
      } else {
        end = add(text, end, event);
        advance(end, text.length);
      }
    }
    reading.hint();
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    return `${counted(reading.segments.length, "sentence")} in ${seconds} s.`;
  });
}

/* Puts a sentence and what stands around it on show, and says how far the text is on show then. */
function add(text, end, { data, offset }) {
  const start = offset + data.start;
  const after = offset + data.end;
  const next = after + data.separator.length;
  reading.between(text.slice(end, start), data.prefix);
  reading.add(data, start);
  reading.between(text.slice(after, next), data.separator);
  count(data.entities);
  return next;
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
  at("copy").disabled = at("download").disabled = on || !reading.translation;
  if (held === at("translate") && on) at("cancel").focus();
  if (held === at("cancel") && !on) at("translate").focus();
}

function advance(done, total) {
  if (total) at("progress").value = done / total;
  at("count").textContent = reading.segments.length ? counted(reading.segments.length, "sentence") : "";
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
  reading.clear();
  at("count").textContent = "";
  at("legend").hidden = true;
  for (const place of at("legend").querySelectorAll("b")) {
    place.textContent = 0;
    place.parentElement.disabled = true;
  }
  at("copy").disabled = at("download").disabled = true;
}

function edited() {
  reading.clearMarks();
  if (reading.segments.length) say("The French has changed: translate it again.");
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

/* What is pressed */

at("translate").addEventListener("click", translateText);
at("cancel").addEventListener("click", () => running?.abort());
at("clear").addEventListener("click", () => {
  running?.abort();
  running = null; // what was cancelled has nothing to say any more
  busy(false);
  source.value = "";
  fileName = "translation";
  forget();
  edited();
  say("");
  source.focus();
});
at("copy").addEventListener("click", async () => {
  try {
    await navigator.clipboard.writeText(reading.translation);
    say("Copied.");
  } catch {
    say("The browser does not let this page copy; select the English and copy it yourself.");
  }
});
at("download").addEventListener("click", () =>
  download(`${fileName}.en.txt`, new Blob([reading.translation], { type: "text/plain;charset=utf-8" })),
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
  at("legend").querySelector(`.${status}`).addEventListener("click", () => reading.lightNext(status));

source.addEventListener("input", edited);
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
