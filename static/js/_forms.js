// A second click, or a second Enter, never sends a form twice. The server refuses a repeated key
// anyway; this only spares people the message.
export function guardSubmits(root) {
  for (const form of root.querySelectorAll("form[data-once]")) {
    if (form.dataset.guarded) continue;
    form.dataset.guarded = "yes";
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) {
        event.preventDefault();
        return;
      }
      form.dataset.sent = "yes";
      const button = event.submitter;
      // Disabled only afterwards: a disabled button would not send its own name and value.
      setTimeout(() => button?.setAttribute("aria-disabled", "true"), 0);
    });
  }
}

// Back in the browser's history shows the page as it was left: make its forms usable again.
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    form.querySelectorAll("[aria-disabled]").forEach((b) => b.removeAttribute("aria-disabled"));
  }
});

export function focusErrorSummary(root) {
  const summary = root.querySelector(".error-summary");
  if (!summary) return;
  // The attribute autofocus does it at first; this serves parts that htmx brings, and old browsers.
  setTimeout(() => {
    if (document.activeElement === document.body) summary.focus();
  }, 100);
  summary.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    const target = link && document.getElementById(link.hash.slice(1));
    if (!target) return;
    // A group of choices cannot take the focus: its first choice does.
    const input = target.matches("input, select, textarea")
      ? target
      : target.querySelector("input:checked, input, select, textarea");
    if (!input) return;
    event.preventDefault();
    input.closest(".field")?.scrollIntoView({ block: "start" });
    input.focus({ preventScroll: true });
  });
}
