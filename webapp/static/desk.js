// The desk: "/" goes to the search box (it can be switched off), how long a service lasts, copying a reply.
"use strict";

const OFF = "desk-slash-off";
const box = document.querySelector("[data-search]");
const button = document.querySelector("[data-slash]");

function slashOff() {
  try { return localStorage.getItem(OFF) === "1"; } catch { return false; }
}

if (box) {
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key !== "/" || typing || event.isComposing || event.ctrlKey || event.metaKey || event.altKey || slashOff()) return;
    event.preventDefault();
    box.focus();
    box.select();
  });
}

if (button) {
  const show = () => { button.textContent = slashOff() ? button.dataset.on : button.dataset.off; };
  button.hidden = false;
  show();
  button.addEventListener("click", () => {
    try { localStorage.setItem(OFF, slashOff() ? "0" : "1"); } catch { /* kept for this page alone then */ }
    show();
  });
}

for (const shown of document.querySelectorAll("[data-since]")) {
  const began = Date.parse(shown.dataset.since);
  const tick = () => {
    const seconds = Math.max(0, Math.floor((Date.now() - began) / 1000));
    const minutes = String(Math.floor(seconds / 60)).padStart(2, "0");
    shown.textContent = `${minutes}:${String(seconds % 60).padStart(2, "0")}`;
  };
  tick();
  setInterval(tick, 1000);
}

for (const copy of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  copy.hidden = false;
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(copy.dataset.copy).textContent.trim());
    document.querySelector("[data-copied]").textContent = copy.dataset.done;
    copy.textContent = copy.dataset.done;
  });
}
