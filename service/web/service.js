/* What the page asks of /v1, and what goes wrong in words. Nothing here touches the document. */

const PIECE_CHARACTERS = 20000; // a piece takes some seconds, far from the service's time limit
const MAX_PAUSE_S = 60;
const MAX_PAUSES = 5;
const BROKEN = "The connection broke off before the end. What came is kept; translate again for the rest.";

/* A failure that the page can show as it is. `status` is 0 where no answer came. */
export class ServiceError extends Error {
  constructor(message, status = 0) {
    super(message);
    this.status = status;
  }
}

/* The events of a text's translation, in order: {name: "segment", data, offset}, offsets counted as JavaScript does,
   `offset` being where the piece that holds it begins; {name: "piece", end} after each piece; {name: "pause", seconds}
   before the service is asked again. */
export async function* translate(text, options, key, signal) {
  for (const [offset, piece] of pieces(text)) {
    const response = yield* patiently({ ...options, text: piece, offset_unit: "utf16" }, key, signal);
    let done = false;
    for await (const { name, data } of events(response.body)) {
      if (name === "error") throw new ServiceError(sentence(data.detail), data.status);
      if (name === "segment") yield { name, data, offset };
      else done = { name: "piece", end: offset + piece.length, model: data.model };
    }
    if (!done) throw new ServiceError(BROKEN);
    yield done;
  }
}

/* One answer of the service, or an error in words. */
export async function ask(path, key, init = {}) {
  const headers = { ...init.headers };
  if (key) headers.Authorization = `Bearer ${key}`;
  let response;
  try {
    response = await fetch(path, { ...init, headers });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ServiceError("The service cannot be reached. Check that it is running, then try again.");
  }
  if (response.ok) return response;
  const problem = await response.json().catch(() => ({}));
  const words = sentence(problem.detail || `the service answered with status ${response.status}`);
  const error = new ServiceError(words, response.status);
  error.retryAfter = Number(response.headers.get("Retry-After"));
  throw error;
}

async function* patiently(body, key, signal) {
  const headers = { "Content-Type": "application/json" };
  for (let pauses = 0; ; pauses++) {
    try {
      return await ask("v1/translate/stream", key, { method: "POST", headers, body: JSON.stringify(body), signal });
    } catch (error) {
      const seconds = error.retryAfter;
      if (!seconds || seconds > MAX_PAUSE_S || pauses === MAX_PAUSES) throw error;
      yield { name: "pause", seconds };
      await sleep(seconds, signal);
    }
  }
}

export function sleep(seconds, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, 1000 * seconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}

/* Server-sent events of a POST, which EventSource cannot make. */
async function* events(stream) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = "";
  for (;;) {
    const { value, done } = await reader.read().catch((error) => {
      throw error.name === "AbortError" ? error : new ServiceError(BROKEN);
    });
    if (done) return;
    const blocks = (buffer + value).split("\n\n");
    buffer = blocks.pop();
    for (const block of blocks) {
      const found = /^event: (.*)\ndata: (.*)$/.exec(block);
      if (found) yield { name: found[1], data: JSON.parse(found[2]) };
    }
  }
}

/* [offset, text] of parts of a text, cut where it hurts least: between paragraphs, lines, sentences, words. */
function* pieces(text) {
  for (let start = 0; start < text.length; ) {
    const window = text.slice(start, start + PIECE_CHARACTERS);
    const length = start + window.length < text.length ? cut(window) : window.length;
    yield [start, window.slice(0, length)];
    start += length;
  }
}

function cut(window) {
  for (const boundary of [/^[^]*\n[^\S\n]*\n/, /^[^]*\n/, /^[^]*[.!?…] /, /^[^]*\s/]) {
    const found = boundary.exec(window);
    if (found) return found[0].length;
  }
  const last = window.charCodeAt(window.length - 1);
  return last >= 0xd800 && last < 0xdc00 ? window.length - 1 : window.length;
}

function sentence(words) {
  return words[0].toUpperCase() + words.slice(1) + (/[.!?]$/.test(words) ? "" : ".");
}
