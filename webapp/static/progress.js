// How far a job is: events from the server, or a question every two seconds where they do not come.
"use strict";

const box = document.querySelector("[data-progress]");

if (box) {
  const bar = box.querySelector("progress");
  const said = box.querySelector("[data-said]");
  const POLL = 2000;
  let timer = 0;

  const written = (n) => n.toLocaleString("en");

  const show = (far) => {
    if (far.ended) {
      location.reload();
      return;
    }
    if (far.total > 0) {
      bar.max = far.total;
      bar.value = far.reached;
      said.textContent = bar.dataset.far.replace("{step}", far.step).replace("{reached}", written(far.reached)).replace("{total}", written(far.total));
    } else if (far.step) {
      said.textContent = far.step;
    }
  };

  const ask = async () => {
    try {
      const answer = await fetch(box.dataset.progress, { headers: { Accept: "application/json" } });
      if (answer.ok) show(await answer.json());
    } catch { /* the next question may be answered */ }
  };

  const poll = () => {
    if (!timer) timer = setInterval(ask, POLL);
  };

  const events = new EventSource(box.dataset.events);
  events.onmessage = (event) => {
    const far = JSON.parse(event.data);
    if (far.ended) events.close();
    show(far);
  };
  events.onerror = () => {
    // The browser comes again by itself after an answer that ran its time; it gives up where it was refused.
    if (events.readyState === EventSource.CLOSED) poll();
  };
}
