"use strict";

// Suggests while one types, and fills in the next step of a place. All of it works without, by buttons.
(() => {
  const TYPING = 150;
  const COMPOSING = 229; // the key code of every key that goes to an input method
  let region = null;

  for (const input of document.querySelectorAll("[data-picker]")) suggest(input);
  for (const steps of document.querySelectorAll("[data-steps]")) stepByStep(steps);
  for (const question of document.querySelectorAll(".trades")) keepLabel(question);

  /** Says something in the page's one live region, which the form's script keeps; else in one of our own. */
  function say(words) {
    if (document.getElementById("said")) {
      document.dispatchEvent(new CustomEvent("mianshen:say", { detail: words }));
      return;
    }
    if (!region) {
      region = document.body.appendChild(element("output", "visually-hidden"));
      region.setAttribute("aria-live", "polite");
    }
    region.textContent = words;
  }

  function element(tag, style, words) {
    const made = document.createElement(tag);
    if (style) made.className = style;
    if (words) made.textContent = words;
    return made;
  }

  /** Makes a text field a combobox (WAI-ARIA 1.2) whose list comes from the server. */
  function suggest(input) {
    const list = element("ul", "picker-list");
    list.id = `${input.id}-list`;
    list.hidden = true;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", input.dataset.list);
    input.parentElement.classList.add("picker-around");
    input.after(list);
    for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id })) {
      input.setAttribute(name, value);
    }
    let timer = 0;
    let running = null;
    let active = -1;

    function close() {
      clearTimeout(timer);
      running?.abort();
      list.hidden = true;
      active = -1;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    }

    function move(to) {
      const options = [...list.children];
      active = (to + options.length) % options.length;
      options.forEach((option, place) => option.setAttribute("aria-selected", String(place === active)));
      input.setAttribute("aria-activedescendant", options[active].id);
      options[active].scrollIntoView({ block: "nearest" });
    }

    async function look() {
      running?.abort();
      const words = input.value.trim();
      if (!words) return close();
      running = new AbortController();
      try {
        const answer = await fetch(`${input.dataset.picker}?q=${encodeURIComponent(words)}`, { signal: running.signal });
        if (answer.ok) show(await answer.json());
      } catch {
        // Stopped for a newer one, or no network: the button still finds it.
      }
    }

    function show({ options, said }) {
      list.replaceChildren(...options.map(line));
      active = -1;
      input.removeAttribute("aria-activedescendant");
      list.hidden = options.length === 0 || document.activeElement !== input;
      input.setAttribute("aria-expanded", String(!list.hidden));
      say(said);
    }

    function line(option, place) {
      const made = element("li", "picker-option");
      made.id = `${list.id}-${place}`;
      made.setAttribute("role", "option");
      made.setAttribute("aria-selected", "false");
      made.lang = "zh-CN";
      made.dataset.value = option.value;
      made.append(element("b", "", option.name));
      if (option.path) made.append(" ", element("span", "trade-path", option.path));
      if (option.note) made.append(" ", element("span", "trade-note", option.note));
      made.addEventListener("click", () => choose(made));
      return made;
    }

    function choose(option) {
      close();
      const question = input.closest(".trades");
      if (question) {
        input.value = "";
        keep(question, input, option);
      } else {
        input.value = option.querySelector("b").textContent;
      }
      input.dispatchEvent(new Event("input", { bubbles: true }));
      close();
    }

    function key(event) {
      // Enter, arrows and Esc belong to the input method while it composes.
      if (event.isComposing || event.keyCode === COMPOSING) return;
      const open = !list.hidden;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        if (!open) return void look();
        move(active < 0 && event.key === "ArrowUp" ? -1 : active + (event.key === "ArrowDown" ? 1 : -1));
      } else if (open && active >= 0 && (event.key === "Home" || event.key === "End")) {
        move(event.key === "Home" ? 0 : -1);
      } else if (open && event.key === "Escape") {
        close();
      } else if (event.key === "Enter" && open && active >= 0) {
        choose(list.children[active]);
      } else if (event.key === "Enter" && input.value.trim() && lookButton(input)) {
        close();
        input.form.requestSubmit(lookButton(input)); // nothing chosen: the server reads what was typed
      } else {
        return;
      }
      event.preventDefault();
    }

    function soon(event) {
      if (event.isComposing) return;
      clearTimeout(timer);
      timer = setTimeout(look, TYPING);
    }
    input.addEventListener("input", soon);
    input.addEventListener("compositionend", soon);
    input.addEventListener("keydown", key);
    input.addEventListener("blur", close);
    // The list must not take the focus, or it closes before the click arrives.
    list.addEventListener("mousedown", (event) => event.preventDefault());
  }

  function lookButton(input) {
    return input.closest(".trades")?.querySelector("[data-look]");
  }

  /** Adds a chosen line of business, ticked, as the page itself shows one. */
  function keep(question, input, option) {
    const kept = question.querySelector("[data-kept]");
    const same = kept.querySelector(`input[value="${option.dataset.value}"]`);
    const boxes = [...kept.querySelectorAll("input[type=checkbox]")];
    if (same) {
      same.checked = true;
    } else {
      const place = boxes.length;
      const row = element("span", "form-check trade-one");
      const box = element("input", "form-check-input");
      Object.assign(box, { type: "checkbox", name: `${input.name}-kept-${place}`, value: option.dataset.value, id: `${question.id}-kept-${place}`, checked: true });
      const label = element("label", "form-check-label");
      label.htmlFor = box.id;
      label.append(...[...option.childNodes].map((node) => node.cloneNode(true)));
      row.append(box, label);
      kept.append(row);
      kept.hidden = false;
    }
    for (const mark of question.querySelectorAll(".marks input")) mark.checked = false;
    keepLabel(question);
  }

  /** Says how many more may be added; with as many as there may be, the text field rests. */
  function keepLabel(question) {
    const { most, add, full } = question.dataset;
    const boxes = [...question.querySelectorAll("[data-kept] input[type=checkbox]")];
    const count = () => boxes.filter((box) => box.checked).length;
    const text = question.querySelector("[data-picker]");
    const show = () => {
      const room = most - count();
      question.querySelector(".trade-room").textContent = room <= 0 ? full : count() ? add.replace("#", room) : "";
      text.readOnly = room <= 0 && !text.value; // not disabled, which would take the focus away
    };
    for (const box of boxes) box.onchange = show;
    for (const mark of question.querySelectorAll(".marks input")) {
      mark.onchange = () => {
        if (mark.checked) for (const box of boxes) box.checked = false;
        show();
      };
    }
    show();
  }

  /** A place in steps: the choices that go with the first one are filled in at once. */
  function stepByStep(steps) {
    const question = steps.closest(".places");
    const selects = Object.fromEntries([...steps.querySelectorAll("[data-step]")].map((step) => [step.dataset.step, step.querySelector("select")]));
    steps.querySelector("[data-next]").hidden = true;

    function fill(name, places) {
      const select = selects[name];
      select.replaceChildren(select.options[0], ...places.map(([id, label]) => new Option(label, id)));
      select.value = "";
      select.closest("[data-step]").hidden = places.length === 0;
    }

    async function next() {
      const answer = await fetch(`${steps.dataset.steps}?of=${encodeURIComponent(selects.city.value)}`);
      if (!answer.ok) return;
      const below = await answer.json();
      fill("county", below.county);
      fill("park", below.park);
    }

    selects.city.addEventListener("change", () => next().catch(() => {
      steps.querySelector("[data-next]").hidden = false; // no network: the button stays
    }));
    const text = question.querySelector("[data-picker]");

    function forget() {
      if (!selects.city.value) return;
      selects.city.value = "";
      fill("county", []);
      fill("park", []);
    }
    // What is typed counts before what is chosen in steps; only the later one stays to be seen.
    text.addEventListener("input", () => text.value && forget());
    // A place and 不清楚, or 和注册地一样, exclude each other: the later one stays.
    question.addEventListener("change", (event) => {
      if (steps.contains(event.target) && event.target.tagName === "SELECT") {
        for (const mark of question.querySelectorAll(".marks input")) mark.checked = false;
        text.value = "";
      } else if (event.target.matches(".marks input:checked, [type=radio]:not([value=other])")) {
        text.value = "";
        forget();
      }
    });
  }
})();
