"use strict";

// Makes the form quicker; everything here works without it, by buttons.
(() => {
  const TYPING = 400;
  const IDLE = 1000;

  const form = document.querySelector("form[data-live]");
  if (form) {
    keepCounting(form);
    keepFocusInSight(form, document.querySelector(".strip"));
    askBeforeLeaving(form);
    clearContradictions(form);
    announce(document.getElementById("said"));
  }
  copyAndPrint();

  /**
   * Says in the page's one live region what the page tells of itself, once after a second in which nothing
   * new came: whoever listens hears the end of a change, not each step. Other scripts say theirs by the
   * same event, so that two never speak at once.
   */
  function announce(region) {
    let timer = 0;
    document.addEventListener("mianshen:say", (event) => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        region.textContent = event.detail;
      }, IDLE);
    });
  }

  function say(text) {
    document.dispatchEvent(new CustomEvent("mianshen:say", { detail: text }));
  }

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
        if (strip.textContent === text) return;
        strip.textContent = text;
        say(text);
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
    // A keyboard on the screen leaves no room for a strip.
    window.visualViewport?.addEventListener("resize", () => {
      const { height, scale } = window.visualViewport;
      strip.classList.toggle("strip-live", height * scale > 0.75 * window.innerHeight);
    });
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
    // A page that came back with what was typed holds what is saved nowhere yet.
    let touched = "unsaved" in form.dataset;
    form.addEventListener("input", (event) => {
      if (event.target.name !== "find") touched = true;
    });
    form.addEventListener("submit", () => {
      touched = false;
    });
    window.addEventListener("beforeunload", (event) => {
      if (touched) event.preventDefault();
    });
    // Browsers do not restore what was typed into a page that they may not store. This tab alone keeps it.
    const draft = `draft:${location.pathname}`;
    window.addEventListener("pagehide", () => {
      const typed = [...new FormData(form)].filter(([name]) => name !== "csrf_token");
      if (touched) sessionStorage.setItem(draft, JSON.stringify(typed));
    });
    const kept = sessionStorage.getItem(draft);
    sessionStorage.removeItem(draft);
    if (!kept || performance.getEntriesByType("navigation")[0]?.type !== "back_forward") return;
    const typed = new Map(JSON.parse(kept));
    for (const control of form.elements) {
      if (!control.name || control.name === "csrf_token" || control.type === "submit") continue;
      if (["radio", "checkbox"].includes(control.type)) control.checked = typed.get(control.name) === control.value;
      else control.value = typed.get(control.name) ?? "";
    }
    touched = true;
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
        const part = document.getElementById(button.dataset.copy);
        try {
          await navigator.clipboard.writeText(part.textContent.trim());
          button.textContent = button.dataset.done;
        } catch {
          getSelection().selectAllChildren(part);
          button.textContent = button.dataset.failed;
        }
      });
    }
    for (const button of document.querySelectorAll("[data-print]")) {
      button.addEventListener("click", () => window.print());
    }
  }
})();
