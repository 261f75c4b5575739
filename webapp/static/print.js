// Prints by a button. Without this script the page says which keys print.
"use strict";

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
for (const keys of document.querySelectorAll("[data-print-keys]")) keys.hidden = true;
