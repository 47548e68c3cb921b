/* Files. Plain text goes into the page; any other document is translated as a whole by /v1/jobs and comes back as a file. */

import { ServiceError, ask, sleep } from "./service.js";

const POLL_S = 0.5;

export function isPlainText(file) {
  return /\.(txt|text)$|^[^.]*$/i.test(file.name);
}

/* The text of a file, in UTF-8, in UTF-16 with its mark, or else as old Windows editors wrote it. */
export async function textOf(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const mark = bytes[0] * 256 + bytes[1];
  const encoding = { 0xfffe: "utf-16le", 0xfeff: "utf-16be" }[mark] || "utf-8";
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

/* Translate a document; calls `progress(done, total)` in characters, and gives the result as {name, blob}. */
export async function translateDocument(file, options, key, signal, progress) {
  const form = new FormData();
  form.append("file", file);
  form.append("options", JSON.stringify(options));
  let job = await (await ask("v1/jobs", key, { method: "POST", body: form, signal })).json();
  const path = `v1/jobs/${job.id}`;
  try {
    while (job.state === "queued" || job.state === "running") {
      progress(job.characters_done, job.characters_total);
      await sleep(POLL_S, signal);
      job = await (await ask(path, key, { signal })).json();
    }
    if (job.state === "failed") throw new ServiceError(`${file.name} could not be translated: ${job.error}`);
    const response = await ask(`${path}/result`, key, { signal });
    return { name: nameOf(response, file.name), blob: await response.blob() };
  } finally {
    ask(path, key, { method: "DELETE" }).catch(() => {}); // it would expire by itself
  }
}

export function download(name, blob) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

function nameOf(response, fallback) {
  const header = response.headers.get("Content-Disposition") || "";
  const encoded = /filename\*=utf-8''([^;]+)/i.exec(header);
  return encoded ? decodeURIComponent(encoded[1]) : /filename="([^"]+)"/.exec(header)?.[1] || fallback;
}
