// Lights the passages of a measure in a policy text while a link to it is pointed at or has the focus.
// Without this the links and their anchors do the same, one step later.
"use strict";

const marks = [...document.querySelectorAll("mark[data-of]")];

function light(number) {
  for (const mark of marks) {
    mark.classList.toggle("lit", number !== "" && mark.dataset.of.split(" ").includes(number));
  }
}

for (const link of document.querySelectorAll("[data-lights]")) {
  for (const begin of ["mouseenter", "focus"]) {
    link.addEventListener(begin, () => light(link.dataset.lights));
  }
  for (const end of ["mouseleave", "blur"]) {
    link.addEventListener(end, () => light(""));
  }
}
