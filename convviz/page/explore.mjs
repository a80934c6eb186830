/* Renders the settings of an explorer beside the player, and gives the player the payload of what is chosen.

It stands after player.mjs in one module, and is rendered as that is: `explore({ model, el })`. Of its model it uses

  get("payload")                  what was worked out beforehand: see convviz/views/explorer.py; what is shown first
                                  stands in it, `later(hear)` brings the rest once it is asked for; or, without it,
  get("sets")                     the operations and their settings, where every choice is asked for:
  set("asked", …)                 { serial, set, at } goes to Python, and
  get("answer")                   { serial, set, at, payload, beside } or { serial, refused } comes back
  get("view"), set("view", …)     as for the player, and at: { operation, and the text of each setting }
  get("fill"), get("autoplay")    as for the player

It looks up and shows; which choices are possible, and why others are not, comes from Python. */

/** Looks up what was worked out beforehand. */
class Beforehand {
  constructor({ sets, words, first, later }) {
    Object.assign(this, { sets, words, first, later });
  }

  /** Reads all the other choices, once they are needed. */
  read({ sets, parts, texts, lines }) {
    sets.forEach((each, set) => Object.assign(this.sets[set], each));
    this.parts = parts;
    let before = "";
    for (const [place, start, end, middle] of texts) {
      before = before.slice(0, start) + middle + before.slice(before.length - end);
      parts[place] = before;
    }
    for (const [place, each] of lines) parts[place] = each.map((line) => parts[line]).join("\n");
  }

  ask({ set, at }, answer) {
    if (set === this.first.set && String(at) === String(this.first.at)) return answer(this.first);
    if (!this.parts) return this.later((rest) => {
      if (!this.parts) this.read(rest);
      this.ask({ set, at }, answer);
    });
    const refused = this.refusal(set, at);
    answer(refused ? { set, at, refused } : { set, at, payload: this.payload(set, at), beside: this.beside(set, at) });
  }

  /** The place of a choice among those of some settings, the last of them fastest. */
  place({ settings }, at, by = [...at.keys()]) {
    return by.reduce((place, each) => place * settings[each].texts.length + at[each], 0);
  }

  refusal(set, at) {
    const part = this.sets[set].refused[this.place(this.sets[set], at)];
    return part === undefined ? "" : this.parts[part];
  }

  beside(set, at) {
    return this.sets[set].settings.map(({ texts }, number) => texts.map((_, value) => this.refusal(set, at.with(number, value))));
  }

  payload(set, at) {
    const whole = {};
    for (const [path, by, places] of this.sets[set].columns) {
      const part = places[this.place(this.sets[set], at, by)];
      if (part < 0) continue;
      let [holder, key] = [whole, "payload"];
      for (const step of path) {
        holder[key] ??= typeof step === "number" ? [] : {};
        [holder, key] = [holder[key], step];
      }
      holder[key] = this.parts[part];
    }
    return whole.payload;
  }
}

/** Asks Python, one question at a time: of those that come while it answers, the last. */
class Live {
  constructor(model) {
    Object.assign(this, { model, sets: model.get("sets"), words: model.get("words"), serial: 0, next: null, waiting: null });
    this.heard = () => this.hear(model.get("answer"));
    model.on("change:answer", this.heard);
  }

  ask(choice, answer) {
    const first = this.model.get("answer"); // what the widget brought along
    if (this.serial === 0 && first?.serial === 0 && first.set === choice.set && String(first.at) === String(choice.at)) {
      answer(first);
      return;
    }
    this.next = [choice, answer];
    if (!this.waiting) this.send();
  }

  send() {
    const [choice, answer] = this.next;
    this.next = null;
    this.waiting = answer;
    this.serial += 1;
    this.model.set("asked", { serial: this.serial, ...choice });
    this.model.save_changes();
  }

  hear(answer) {
    if (answer?.serial !== this.serial || !this.waiting) return;
    const hears = this.waiting;
    this.waiting = null;
    if (this.next) this.send();
    else hears(answer);
  }

  away() {
    this.model.off("change:answer", this.heard);
  }
}

class Explorer {
  constructor(model, el) {
    const payload = model.get("payload");
    Object.assign(this, { model, el, hears: new Map(), rows: [] });
    this.source = payload?.sets ? new Beforehand(payload) : new Live(model);
    this.inner = {
      get: (name) => (name === "payload" ? this.payload : name === "autoplay" ? model.get("autoplay") === true : model.get(name)),
      set: (name, value) => (name === "view" ? this.setView(value) : model.set(name, value)),
      save_changes: () => model.save_changes(),
      on: (event, hear) => this.hears.set(hear, event),
      off: (_, hear) => this.hears.delete(hear),
    };
    this.looked = () => {
      if (!this.tells) this.look();
    };
    model.on?.("change:view", this.looked);
    this.choose(this.read(model.get("view")?.at));
  }

  away() {
    clearTimeout(this.telling);
    this.model.off?.("change:view", this.looked);
    this.source.away?.();
    this.leave?.();
  }

  word(name, values = {}) {
    return filled(this.source.words[name], values);
  }

  fire(event) {
    for (const [hear, heard] of [...this.hears]) if (heard === event) hear();
  }

  // What is chosen, and how an address says it.

  said() {
    const { sets } = this.source;
    const { name, settings } = sets[this.set];
    const texts = settings.map((setting, number) => [setting.name, setting.texts[this.at[number]].replaceAll("×", "x")]);
    return Object.fromEntries([...(sets.length > 1 ? [["operation", name]] : []), ...texts]);
  }

  read(said = {}) {
    const { sets } = this.source;
    const set = Math.max(0, sets.findIndex(({ name }) => name === said.operation));
    const { settings, start } = sets[set];
    const at = settings.map(({ name, texts }, number) => {
      const place = texts.findIndex((text) => text.replaceAll("×", "x") === said[name]);
      return place < 0 ? start[number] : place;
    });
    return { set, at };
  }

  /** Takes on a view that the host sets, as when somebody goes back. */
  look() {
    const choice = this.read(this.model.get("view")?.at);
    if (choice.set === this.set && String(choice.at) === String(this.at)) this.fire("change:view");
    else this.choose(choice, () => this.fire("change:view"));
  }

  tell() {
    clearTimeout(this.telling);
    this.telling = setTimeout(() => {
      this.setView(this.model.get("view"));
      this.model.save_changes();
    }, 300);
  }

  setView(view) {
    this.tells = true;
    this.model.set("view", { ...view, at: this.said() });
    this.tells = false;
  }

  // Choosing.

  /** Shows a choice; one that is refused gives way to where its operation starts, and it is said why. */
  choose(choice, then) {
    this.source.ask(choice, (answer) => {
      if (answer.refused) {
        const { start } = this.source.sets[choice.set];
        this.source.ask({ set: choice.set, at: [...start] }, (first) => {
          this.take(first, this.word("reset", { reason: answer.refused }));
          then?.();
        });
      } else {
        this.take(answer);
        then?.();
      }
    });
  }

  take({ set, at, payload, beside }, said = "") {
    const other = this.set !== set;
    Object.assign(this, { set, at, payload, beside });
    if (!this.leave) {
      this.leave = render({ model: this.inner, el: this.el });
      this.build();
    } else this.fire("change:payload");
    if (other) this.buildSettings();
    this.show(said);
  }

  /** Moves one setting; a value that is refused is said to be, and on a slider the nearest is taken that is not. */
  move(number, wished) {
    const { label, texts, named } = this.source.sets[this.set].settings[number];
    let place = clamp(wished, 0, texts.length - 1);
    const reason = this.beside[number][place];
    const said = reason ? this.word("refused", { label, value: texts[place], reason }) : "";
    if (reason && named) place = this.at[number];
    while (this.beside[number][place] && place !== this.at[number]) place += Math.sign(this.at[number] - place);
    if (place === this.at[number]) {
      this.show(said);
      return;
    }
    this.source.ask({ set: this.set, at: this.at.with(number, place) }, (answer) => {
      if (answer.refused) this.show(answer.refused);
      else this.take(answer, said);
      this.tell();
    });
  }

  /** Goes to another operation; settings that it has too keep their values. */
  turn(set) {
    if (set === this.set) return;
    this.choose(this.read({ ...this.said(), operation: this.source.sets[set].name }));
    this.tell();
  }

  // What stands on the page.

  build() {
    const { sets } = this.source;
    this.root = this.el.querySelector(".cv-root");
    this.slot = this.root.querySelector(".cv-slot");
    this.tabs = sets.map(({ label }, set) => make("button", { type: "button", class: "cv-tab", onclick: () => this.turn(set) }, label));
    if (sets.length > 1) {
      this.root.classList.add("cv-tabbed");
      this.root.querySelector(".cv-head").prepend(make("div", { class: "cv-tabs", role: "group", "aria-label": this.word("operation") }, ...this.tabs));
    }
    this.box = make("div", { class: "cv-choices" });
    this.note = make("p", { class: "cv-note", role: "status" });
    this.slot.append(make("h2", {}, this.word("settings")), this.box, this.note);
  }

  buildSettings() {
    const { settings } = this.source.sets[this.set];
    this.rows = settings.map((setting, number) => (setting.named ? this.chips(setting, number) : this.slider(setting, number)));
    this.box.replaceChildren(...this.rows.map(({ row }) => row));
    this.tabs.forEach((tab, set) => tab.setAttribute("aria-pressed", String(set === this.set)));
  }

  chips({ label, texts }, number) {
    const chips = texts.map((text, place) => make("button", { type: "button", class: "cv-chip", onclick: () => this.move(number, place) }, text));
    const row = make("div", { class: "cv-choice" }, make("span", { class: "cv-choice-label" }, label),
      make("div", { class: "cv-chips", role: "group", "aria-label": label }, ...chips));
    const show = (at, beside) => chips.forEach((chip, place) => {
      chip.setAttribute("aria-pressed", String(place === at));
      chip.setAttribute("aria-disabled", String(Boolean(beside[place])));
    });
    return { row, show };
  }

  slider({ label, texts }, number) {
    const step = (by, name, sign) => make("button", {
      type: "button", class: "cv-nudge", "aria-label": this.word(name, { label }), onclick: () => this.move(number, this.at[number] + by),
    }, sign);
    const [less, more] = [step(-1, "less", "−"), step(1, "more of", "+")];
    const range = make("input", {
      type: "range", class: "cv-range", min: "0", max: String(texts.length - 1), step: "1", "aria-label": label,
      oninput: () => this.move(number, Number(range.value)),
    });
    range.addEventListener("keydown", (event) => {
      if (/^(Arrow|Home|End)/.test(event.key)) event.stopPropagation(); // they move this slider, not the player
    });
    const value = make("span", { class: "cv-choice-value" });
    const row = make("div", { class: "cv-choice cv-sliding" }, make("span", { class: "cv-choice-label" }, label), less, range, more, value);
    const show = (at, beside) => {
      range.value = String(at);
      range.setAttribute("aria-valuetext", texts[at]);
      range.style.setProperty("--cv-track", track(beside, at));
      value.textContent = texts[at];
      less.setAttribute("aria-disabled", String(at === 0 || Boolean(beside[at - 1])));
      more.setAttribute("aria-disabled", String(at === texts.length - 1 || Boolean(beside[at + 1])));
    };
    return { row, show };
  }

  show(said) {
    this.rows.forEach(({ show }, number) => show(this.at[number], this.beside[number]));
    this.note.textContent = said || this.payload.hint || "";
    this.note.classList.toggle("cv-refused", Boolean(said));
  }
}

/** The track of a slider: full up to the chosen value, and dots where values are refused. */
const track = (beside, at) => {
  const last = Math.max(1, beside.length - 1);
  const stops = beside.slice(1).map((_, place) => {
    const colour = beside[place] || beside[place + 1] ? "transparent" : place < at ? "var(--cv-accent)" : "var(--cv-grid)";
    return `${colour} ${(place / last) * 100}% ${((place + 1) / last) * 100}%`;
  });
  return stops.length ? `linear-gradient(90deg, ${stops.join(", ")})` : "none";
};

const explore = ({ model, el }) => {
  const explorer = new Explorer(model, el);
  return () => explorer.away();
};
