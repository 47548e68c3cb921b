/* A translation on show: the French marked under its field, the English beside it, and one sentence lit in both. */

import { Sheet } from "./sheets.js";

const HINT = "Point at a sentence, or put the cursor in it, to see its other half.";
const REMARKS = {
  copied: "Nothing to translate here.",
  degenerate: "The model went astray in this sentence: read it with care.",
};
const STEPS = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };

const indexOf = (element) => Number(element?.closest(".sentence")?.dataset.index ?? -1);

export class Reading {
  /* `field` is the text area over the element `marks`; each half has the pane that scrolls it; `detail` is a line about
     the sentence that is lit. */
  constructor({ field, marks, fieldPane, target, targetPane, detail }) {
    this.field = field;
    this.marks = new Sheet(marks, fieldPane);
    this.target = new Sheet(target, targetPane);
    this.detail = detail;
    this.active = -1;
    this.clear();
    this._listen();
  }

  clear() {
    this.clearMarks();
    this.target.clear();
    this.segments = []; // as the service gave them, with `at`, where the sentence begins in the whole text
    this.translation = "";
  }

  /* The French has changed; the English stays to be read. */
  clearMarks() {
    this.light(-1);
    this.detail.replaceChildren();
    this.marks.clear();
  }

  /* What stands between two sentences. */
  between(french, english) {
    this.marks.between(french);
    this.target.between(english);
    this.translation += english;
  }

  /* A sentence, which begins at `start` of the whole text. */
  add(segment, start) {
    const index = this.segments.length;
    const part = ({ status, label }, from, to) => ({ status, label: label.toLowerCase(), start: from, end: to });
    const french = segment.entities.map((it) => part(it, it.start - segment.start, it.end - segment.start));
    const found = segment.entities.filter((it) => it.target !== null);
    const english = found.map((it) => part(it, it.target_start, it.target_end));
    const heard = this.marks.sentence(segment.source, segment.status, french);
    const element = this.target.sentence(segment.target, segment.status, english);
    element.tabIndex = index ? -1 : 0;
    element.setAttribute("role", "group");
    // To those who hear the page, the other half is read out with a sentence.
    heard.id = `french-${index}`;
    element.setAttribute("aria-describedby", heard.id);
    this.translation += segment.target;
    this.segments.push({ ...segment, at: start });
  }

  hint() {
    if (this.segments.length && this.active < 0) this._put("quiet", HINT);
  }

  /* Light a sentence in both halves; the sheet that `from` is not, scrolls to it. */
  light(index, from = null) {
    if (index === this.active) return;
    for (const sheet of [this.marks, this.target]) {
      sheet.light(this.active, false);
      sheet.light(index, true);
      if (from && from !== sheet) sheet.show(index);
    }
    this.active = index;
    this._tell(this.segments[index]);
  }

  /* Light the next sentence with an entity of this status, in view in both halves. */
  lightNext(status) {
    const has = (segment) => segment.entities.some((entity) => entity.status === status);
    const count = this.segments.length;
    for (let step = 1; step <= count; step++) {
      const index = (this.active + step) % count;
      if (!has(this.segments[index])) continue;
      this.light(index, this.marks);
      this.marks.show(index);
      return;
    }
  }

  _tell(segment) {
    this.detail.replaceChildren();
    if (!segment) return;
    this._put("quiet", `Sentence ${this.active + 1}`);
    if (REMARKS[segment.status]) this._put("remark", REMARKS[segment.status]);
    for (const { text, target, status } of segment.entities)
      this._put(`entity ${status}`, target === null ? `${text}: lost` : text === target ? text : `${text} → ${target}`);
  }

  _put(name, text) {
    const element = document.createElement("span");
    element.className = name;
    element.textContent = text;
    this.detail.append(element, " ");
  }

  _sentenceAt(offset) {
    let low = 0;
    let high = this.marks.sentences.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.segments[middle].at <= offset) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /* Between two sentences, the last one stays lit. */
  _listen() {
    this.field.addEventListener("pointermove", (event) => {
      const below = document.elementsFromPoint(event.clientX, event.clientY); // the field lies over its marks
      const found = below.find((it) => this.marks.root.contains(it) && indexOf(it) >= 0);
      if (found) this.light(indexOf(found), this.marks);
    });
    document.addEventListener("selectionchange", () => {
      if (document.activeElement !== this.field || !this.marks.sentences.length) return;
      this.light(this._sentenceAt(this.field.selectionStart), this.marks);
    });
    for (const name of ["pointerover", "focusin"])
      this.target.root.addEventListener(name, (event) => {
        if (indexOf(event.target) >= 0) this.light(indexOf(event.target), this.target);
      });
    this.target.root.addEventListener("keydown", (event) => {
      const from = indexOf(event.target);
      const next = this.target.sentences[from + (STEPS[event.key] ?? NaN)];
      if (!next) return;
      event.preventDefault();
      this.target.sentences[from].tabIndex = -1;
      next.tabIndex = 0;
      next.focus();
    });
  }
}
