// « Écouter »: the browser reads the page aloud, paragraph by paragraph (long utterances are cut
// off by some browsers), and shows where it is by the button only: the page stays as it is.
const READABLE = "h1, h2, h3, p, li, dt, dd, th, td, legend, label, summary";

function sentences(main) {
  const texts = [];
  for (const part of main.querySelectorAll(READABLE)) {
    if (part.closest("[hidden], .visually-hidden, nav, [data-no-listen], details:not([open]) > :not(summary)")) continue;
    if (part.querySelector(READABLE)) continue;
    const text = part.innerText.replace(/\s+/g, " ").trim();
    if (text) texts.push(text);
  }
  return texts;
}

export function listen() {
  const button = document.querySelector("[data-listen]");
  if (!button || !("speechSynthesis" in window)) return;
  const speech = window.speechSynthesis;
  const label = button.querySelector("[data-listen-label]");
  let reading = 0;
  button.hidden = false;

  const stop = () => {
    reading += 1;
    speech.cancel();
    button.setAttribute("aria-pressed", "false");
    label.textContent = button.dataset.start;
  };

  const start = () => {
    const mine = (reading += 1);
    const queue = sentences(document.querySelector("main"));
    button.setAttribute("aria-pressed", "true");
    label.textContent = button.dataset.stop;
    const next = () => {
      if (mine !== reading) return;
      const text = queue.shift();
      if (!text) {
        stop();
        return;
      }
      const utterance = new SpeechSynthesisUtterance(text);
      utterance.lang = document.documentElement.lang || "fr";
      utterance.rate = 0.95;
      utterance.onend = next;
      utterance.onerror = () => mine === reading && stop();
      speech.speak(utterance);
    };
    next();
  };

  button.addEventListener("click", () => {
    if (button.getAttribute("aria-pressed") === "true") stop();
    else start();
  });
  window.addEventListener("pagehide", stop);
}
