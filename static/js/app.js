// The one script of the application: htmx and small helpers. Every page works without it.
import htmx from "htmx.org";

import { focusErrorSummary, guardSubmits } from "./_forms.js";
import { dropFiles } from "./_file_drop.js";
import { listen } from "./_listen.js";
import { maskSheets } from "./_masks.js";
import { photos } from "./_photos.js";
import { ranges } from "./_ranges.js";
import { desk, menus } from "./_shell.js";
import { signaturePads } from "./_signature.js";

// htmx's own styles and eval would need 'unsafe-inline' and 'unsafe-eval': the CSP refuses both.
htmx.config.includeIndicatorStyles = false;
htmx.config.allowEval = false;
htmx.config.selfRequestsOnly = true;
// A refused form answers 422 with the page to show.
htmx.config.responseHandling = [
  { code: "204", swap: false },
  { code: "[23]..", swap: true },
  { code: "422", swap: true },
  { code: "[45]..", swap: false, error: true },
];
window.htmx = htmx;

document.documentElement.classList.add("js");

function enhance(root) {
  guardSubmits(root);
  dropFiles(root);
  ranges(root);
  signaturePads(root);
  maskSheets(root);
  photos(root, enhance);
}

enhance(document);
focusErrorSummary(document);
listen();
menus();
desk();

document.body.addEventListener("htmx:configRequest", (event) => {
  const token = document.querySelector('meta[name="csrf-token"]');
  if (token) event.detail.headers["X-CSRFToken"] = token.content;
});
document.body.addEventListener("htmx:afterSwap", (event) => {
  enhance(event.detail.target);
  focusErrorSummary(event.detail.target);
});
