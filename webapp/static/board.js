// The board: dragging a card to a column sends the card's own form with the column's name; the server judges.
"use strict";

const TARGET = "target";
let held = null;

function letGo() {
  if (held) held.classList.remove("held");
  held = null;
  for (const pile of document.querySelectorAll(`.pile.${TARGET}`)) pile.classList.remove(TARGET);
}

for (const card of document.querySelectorAll(".case-card")) {
  const more = card.querySelector("details");
  if (!more) continue; // nobody here may move it
  card.draggable = true;
  for (const link of card.querySelectorAll("a")) link.draggable = false;
  // While the form is open, dragging over its fields selects text as everywhere.
  more.addEventListener("toggle", () => { card.draggable = !more.open; });
  card.addEventListener("dragstart", (event) => {
    held = card;
    card.classList.add("held");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", card.querySelector("a").textContent);
  });
  card.addEventListener("dragend", letGo);
}

for (const pile of document.querySelectorAll(".pile")) {
  pile.addEventListener("dragover", (event) => {
    if (!held || pile.contains(held)) return;
    event.preventDefault();
    pile.classList.add(TARGET);
  });
  pile.addEventListener("dragleave", (event) => {
    if (!pile.contains(event.relatedTarget)) pile.classList.remove(TARGET);
  });
  pile.addEventListener("drop", (event) => {
    if (!held || pile.contains(held)) return;
    event.preventDefault();
    const form = held.querySelector("form");
    letGo();
    form.elements.column.value = pile.dataset.column;
    form.submit();
    form.elements.column.value = ""; // for the form itself, should the browser come back to this page
  });
}

for (const hint of document.querySelectorAll("[data-drag]")) hint.hidden = false;
