"use strict";

// The checklist of activities: search in place, what is chosen as a list, twin controls kept alike.
(() => {
  const form = document.querySelector("form[data-live]");
  const find = form?.querySelector("[data-find]");
  if (!find) return;
  const texts = form.dataset;
  const say = (text) => document.dispatchEvent(new CustomEvent("mianshen:say", { detail: text }));

  const topics = [...form.querySelectorAll(".topic")].filter((topic) => topic.querySelector(".activity"));
  const activities = topics.flatMap((topic) => [...topic.querySelectorAll(".activity")]);
  const list = form.querySelector("[data-chips]");
  const count = form.querySelector("[data-picked]");
  const model = form.querySelector("template[data-chip]").content.firstElementChild;

  filterInPlace();
  form.addEventListener("change", (event) => {
    if (!event.target.closest(".activity, .closing")) return;
    mirror(event.target);
    show();
  });
  list.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    event.preventDefault();
    takeBack(button.value);
  });
  // The browser restores what was chosen when one comes back.
  window.addEventListener("pageshow", () => {
    for (const activity of activities) {
      const stands = activity.querySelector(":checked");
      if (stands) mirror(stands);
    }
    show();
  });

  function twins(member) {
    return [...form.querySelectorAll(`[data-member="${member}"]`)];
  }

  /** Some activities stand on the page twice; both show the same. */
  function mirror(input) {
    const activity = input.closest(".activity");
    if (!activity) return;
    for (const twin of twins(activity.dataset.member)) {
      for (const pill of twin.querySelectorAll(".pill-input")) pill.checked = pill.value === input.value;
    }
  }

  function isChosen(input) {
    return input && input.value !== "none" && input.value !== "unsure";
  }

  /** Writes the chips and the word beside each topic anew, from the controls. */
  function show() {
    const chosen = activities.filter((activity) => isChosen(activity.querySelector(":checked")));
    count.textContent = texts.chosen.replace("#", chosen.length);
    list.replaceChildren(...chosen.map(chip));
    for (const topic of topics) topic.querySelector("[data-topic-count]").textContent = word(topic);
  }

  function chip(activity) {
    const made = model.cloneNode(true);
    const checked = activity.querySelector(":checked");
    const [legend] = activity.querySelector("[data-name]").childNodes;
    for (const name of made.querySelectorAll("[data-name]")) name.replaceChildren(legend.cloneNode(true));
    made.querySelector("[data-state]").textContent = checked.nextElementSibling.textContent;
    made.querySelector("a").href = `#${activity.id}`;
    made.querySelector("button").value = activity.dataset.member;
    return made;
  }

  function word(topic) {
    const inside = [...topic.querySelectorAll(".activity")];
    const given = inside.map((activity) => activity.querySelector(":checked")).filter(Boolean);
    const chosen = given.filter(isChosen).length;
    if (chosen) return texts.chosen.replace("#", chosen);
    const rest = topic.querySelector(".closing input:checked")?.value;
    if (rest) return rest === "none" ? texts.none : texts.unsure;
    if (given.length) return texts.partly.replace("##", inside.length).replace("#", given.length);
    return texts.unseen.replace("#", inside.length);
  }

  /** Takes back what was chosen; the focus goes to the chip that moved up, or to the list. */
  function takeBack(member) {
    const place = [...list.querySelectorAll("button")].findIndex((button) => button.value === member);
    for (const twin of twins(member)) {
      for (const pill of twin.querySelectorAll(".pill-input")) pill.checked = false;
    }
    show();
    const buttons = list.querySelectorAll("button");
    (buttons[Math.min(place, buttons.length - 1)] ?? list.parentElement).focus();
    // The counts follow, and leaving asks, as after any other change.
    list.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /** Shows only the activities that hold the words; what is chosen stays chosen. */
  function filterInPlace() {
    const found = form.querySelector("[data-found]");
    const opened = new Map(topics.map((topic) => [topic, topic.open]));
    const folded = (text) => text.normalize("NFKC").toLowerCase();

    function filter() {
      const words = folded(find.value).split(/\s+/).filter(Boolean);
      let hits = 0;
      for (const topic of topics) {
        let here = 0;
        for (const activity of topic.querySelectorAll(".activity")) {
          const text = folded(`${activity.querySelector("legend").textContent} ${activity.dataset.words}`);
          const holds = words.every((one) => text.includes(one));
          activity.hidden = !holds;
          here += holds ? 1 : 0;
        }
        topic.hidden = words.length > 0 && here === 0;
        // 「其余都没有」 speaks of the whole topic, of which only a part shows now.
        topic.querySelector(".closing").hidden = words.length > 0;
        topic.open = words.length > 0 ? here > 0 : opened.get(topic);
        hits += here;
      }
      found.textContent = words.length === 0 ? "" : hits ? texts.hits.replace("#", hits) : texts.nothing;
      if (words.length > 0) say(found.textContent);
    }

    find.addEventListener("input", (event) => {
      if (!event.isComposing) filter();
    });
    find.addEventListener("compositionend", filter);
    find.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.isComposing) event.preventDefault();
      if (event.key === "Escape" && find.value) {
        find.value = "";
        filter();
      }
    });
  }
})();
