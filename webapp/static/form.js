"use strict";

// Makes the form quicker; everything here works without it, by buttons.
(() => {
  const TYPING = 400;

  const form = document.querySelector("form[data-live]");
  if (form) {
    keepCounting(form);
    keepFocusInSight(form, document.querySelector(".strip"));
    askBeforeLeaving(form);
    const find = form.querySelector("[data-find]");
    if (find) filterActivities(form, find);
    clearContradictions(form);
  }
  copyAndPrint();

  /** Posts the open form while it is filled in, and shows what it comes to. Nothing is saved. */
  function keepCounting(form) {
    const strip = document.getElementById("counts");
    form.querySelector(".strip-button").hidden = true;
    let timer = 0;
    let running = null;

    async function count() {
      running?.abort();
      running = new AbortController();
      const data = new FormData(form);
      data.set("then", "counts");
      try {
        const answer = await fetch(location.pathname, {
          method: "POST",
          body: new URLSearchParams(data),
          headers: { Accept: "application/json" },
          signal: running.signal,
        });
        if (!answer.ok) return;
        const { text } = await answer.json();
        if (strip.textContent !== text) strip.textContent = text;
      } catch {
        // Stopped for a newer one, or no network: the strip keeps what it said.
      }
    }

    // An input method sends an "input" for each letter of pinyin; only its end is an answer.
    function soon(event) {
      if (event.isComposing || event.target.name === "find") return;
      clearTimeout(timer);
      timer = setTimeout(count, TYPING);
    }
    form.addEventListener("input", soon);
    form.addEventListener("compositionend", soon);
    // The browser restores what was typed when one comes back; the strip has to follow.
    window.addEventListener("pageshow", (event) => {
      if (event.persisted || performance.getEntriesByType("navigation")[0]?.type === "back_forward") count();
    });
  }

  /** Browsers do not scroll to a control that is on the screen but under the strip. */
  function keepFocusInSight(form, strip) {
    strip.classList.add("strip-live");
    form.addEventListener("focusin", (event) => {
      if (strip.contains(event.target)) return;
      const part = event.target.classList.contains("pill-input") ? event.target.nextElementSibling : event.target;
      const hidden = part.getBoundingClientRect().bottom + 12 - strip.getBoundingClientRect().top;
      if (hidden > 0 && getComputedStyle(strip).position === "sticky") {
        window.scrollBy({ top: hidden, behavior: "instant" });
      }
    });
  }

  function askBeforeLeaving(form) {
    let touched = false;
    form.addEventListener("input", (event) => {
      if (event.target.name !== "find") touched = true;
    });
    form.addEventListener("submit", () => {
      touched = false;
    });
    window.addEventListener("beforeunload", (event) => {
      if (touched) event.preventDefault();
    });
  }

  /** Shows only the activities that hold the words; what is chosen stays chosen. */
  function filterActivities(form, find) {
    const found = form.querySelector("[data-found]");
    const topics = [...form.querySelectorAll(".topic")].filter((topic) => topic.querySelector(".activity"));
    const opened = new Map(topics.map((topic) => [topic, topic.open]));

    function filter() {
      const words = find.value.normalize("NFKC").toLowerCase().split(/\s+/).filter(Boolean);
      let hits = 0;
      for (const topic of topics) {
        let here = 0;
        for (const activity of topic.querySelectorAll(".activity")) {
          const text = activity.querySelector("legend").textContent.normalize("NFKC").toLowerCase();
          const also = (activity.dataset.words || "").normalize("NFKC").toLowerCase();
          const holds = words.every((word) => text.includes(word) || also.includes(word));
          activity.hidden = !holds;
          here += holds ? 1 : 0;
        }
        topic.hidden = words.length > 0 && here === 0;
        // 「其余都没有」 speaks of the whole topic, of which only a part shows now.
        topic.querySelector(".closing").hidden = words.length > 0;
        topic.open = words.length > 0 ? here > 0 : opened.get(topic);
        hits += here;
      }
      found.textContent = words.length > 0 ? form.dataset.hits.replace("#", hits) : "";
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

    const picked = form.querySelector("[data-picked]");
    form.addEventListener("change", () => {
      const chosen = form.querySelectorAll(".activity .pill-input:checked:not([value=none]):not([value=unsure])");
      picked.textContent = form.dataset.chosen.replace("#", chosen.length);
    });
  }

  /** A value and a mark such as 不清楚 exclude each other: the later one stays. */
  function clearContradictions(form) {
    form.addEventListener("input", (event) => {
      const answer = event.target.closest(".answer");
      if (!answer) return;
      const boxes = [...answer.querySelectorAll(".marks input")];
      const texts = [...answer.querySelectorAll("input.form-control")];
      if (boxes.includes(event.target)) {
        if (!event.target.checked) return;
        for (const box of boxes) if (box !== event.target) box.checked = false;
        for (const text of texts) text.value = "";
      } else if (texts.includes(event.target) && event.target.value) {
        for (const box of boxes) box.checked = false;
      }
    });
  }

  function copyAndPrint() {
    for (const part of document.querySelectorAll("[data-scripted]")) part.hidden = false;
    for (const button of document.querySelectorAll("[data-copy]")) {
      if (!navigator.clipboard) button.hidden = true;
      button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim());
        button.textContent = button.dataset.done;
      });
    }
    for (const button of document.querySelectorAll("[data-print]")) {
      button.addEventListener("click", () => window.print());
    }
  }
})();
