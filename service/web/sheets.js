/* A sheet holds one half of a translation: sentences, with the entities in them and the text between them. All of it is
   text, put into elements one by one; a paragraph is a block, so that adding a sentence lays out only the last one. */

export class Sheet {
  constructor(root, scroller) {
    this.root = root;
    this.scroller = scroller;
    this.clear();
  }

  clear() {
    this.root.replaceChildren();
    this.sentences = [];
    this._block = null;
  }

  /* What stands between sentences. The first line break ends the block, the others are in the next one. */
  between(text) {
    const end = text.indexOf("\n");
    if (end < 0) {
      this._add(text);
    } else {
      if (!this._block) this._open();
      this._add(text.slice(0, end));
      this._open();
      this._add(text.slice(end + 1));
    }
  }

  /* A sentence. `parts` are {start, end, status, label} of its text. */
  sentence(text, status, parts) {
    const element = document.createElement("span");
    element.className = `sentence ${status}`;
    element.dataset.index = this.sentences.length;
    let at = 0;
    for (const part of parts.sort((one, other) => one.start - other.start)) {
      if (part.start < at) continue; // one inside another has its marks already
      element.append(text.slice(at, part.start));
      const mark = document.createElement("span");
      mark.className = `entity ${part.status}`;
      mark.title = `${part.label}: ${part.status}`;
      mark.textContent = text.slice(part.start, part.end);
      element.append(mark);
      at = part.end;
    }
    element.append(text.slice(at));
    this._add(element);
    this.sentences.push(element);
    return element;
  }

  light(index, on) {
    this.sentences[index]?.classList.toggle("lit", on);
  }

  /* Bring a sentence into view by scrolling its pane alone, never the page. */
  show(index) {
    const box = this.sentences[index]?.getBoundingClientRect();
    const frame = this.scroller.getBoundingClientRect();
    if (!box || (box.top >= frame.top && box.bottom <= frame.bottom)) return;
    this.scroller.scrollTop += box.top - frame.top - Math.max(0, frame.height - box.height) / 3;
  }

  _open() {
    this._block = document.createElement("div");
    this.root.append(this._block);
  }

  _add(content) {
    if (content === "") return;
    if (!this._block) this._open();
    this._block.append(content);
  }
}
