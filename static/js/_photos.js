// A photograph is made smaller on the telephone before it leaves, its way is shown, and it leaves again by itself after the
// network was lost. Without this, or where the browser cannot, the form sends the file as it is.
const LONGEST = 2200;
const QUALITY = 0.85;
const SMALL_BYTES = 400_000;
const PATIENCE_MS = 180_000;
const PAUSES_MS = [3_000, 6_000, 12_000, 24_000, 48_000];

// Sheets must stay readable: only the pixels beyond what a page needs go. A file that cannot be drawn (HEIC on some
// telephones, a PDF) leaves as it is; the server reads it.
export async function smaller(file) {
  if (!file.type.startsWith("image/")) return file;
  let drawn;
  try {
    drawn = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    return file;
  }
  const scale = Math.min(1, LONGEST / Math.max(drawn.width, drawn.height));
  if (scale === 1 && file.size <= SMALL_BYTES) return file;
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(drawn.width * scale);
  canvas.height = Math.round(drawn.height * scale);
  const pen = canvas.getContext("2d");
  pen.imageSmoothingQuality = "high";
  // What was transparent is paper, not black.
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(drawn, 0, 0, canvas.width, canvas.height);
  drawn.close();
  const made = await new Promise((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
  canvas.width = canvas.height = 0;
  return made && made.size < file.size ? new File([made], "photo.jpg", { type: "image/jpeg" }) : file;
}

function upload(form, data, progress) {
  return new Promise((done, lost) => {
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.timeout = PATIENCE_MS;
    request.responseType = "document";
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) progress(Math.round((100 * event.loaded) / event.total));
    });
    for (const name of ["error", "timeout", "abort"]) request.addEventListener(name, () => lost(new Error(name)));
    request.addEventListener("load", () => {
      const busy = request.status === 429 || request.status >= 502;
      if (busy) lost(new Error(String(request.status)));
      else done(request);
    });
    request.send(data);
  });
}

// Until the network says that it is back, or the pause is over.
function pause(milliseconds) {
  return new Promise((done) => {
    const end = () => {
      clearTimeout(timer);
      window.removeEventListener("online", end);
      done();
    };
    const timer = setTimeout(end, milliseconds);
    window.addEventListener("online", end);
  });
}

function show(form, request, enhance) {
  const fresh = request.response?.querySelector("main");
  const main = document.querySelector("main");
  delete form.dataset.sending;
  if (!fresh || !main) {
    window.location.assign(request.responseURL || window.location.href);
    return;
  }
  const code = form.elements.code?.value;
  main.replaceWith(document.adoptNode(fresh));
  enhance(fresh);
  const card = code && document.getElementById(`papier-${code}`);
  fresh.querySelectorAll("[role=alert], .error-summary").forEach((one) => one.focus?.());
  (fresh.querySelector(".error-summary, [role=status]:not([hidden]), .alert") ?? card ?? fresh).scrollIntoView({ block: "start" });
}

async function send(form, file, input, enhance) {
  const line = form.querySelector("[data-photo-status]");
  const bar = form.querySelector("progress");
  const button = form.querySelector("button[type=submit]");
  const say = (text) => {
    line.hidden = false;
    line.querySelector("[data-photo-words]").textContent = text;
  };
  button.setAttribute("aria-disabled", "true");
  say(line.dataset.preparing);
  const data = new FormData(form);
  const made = await smaller(file);
  for (const one of form.querySelectorAll('input[type="file"]')) data.delete(one.name);
  data.append(input.name, made, made.name);
  for (let tries = 0; ; tries += 1) {
    try {
      say(line.dataset.sending);
      bar.hidden = false;
      bar.value = 0;
      const request = await upload(form, data, (percent) => (bar.value = percent));
      show(form, request, enhance);
      return;
    } catch {
      bar.hidden = true;
      if (tries >= PAUSES_MS.length) break;
      say(line.dataset.lost);
      await pause(PAUSES_MS[tries]);
    }
  }
  // The file is still chosen: one touch sends it again.
  say(line.dataset.gaveUp);
  button.removeAttribute("aria-disabled");
  delete form.dataset.sending;
}

export function photos(root, enhance) {
  if (!window.createImageBitmap || !window.FormData || !HTMLCanvasElement.prototype.toBlob) return;
  for (const form of root.querySelectorAll("form[data-photos]")) {
    if (form.dataset.ready) continue;
    form.dataset.ready = "yes";
    form.addEventListener(
      "submit",
      (event) => {
        const input = [...form.querySelectorAll('input[type="file"]')].find((one) => one.files.length);
        if (!input) return;
        event.preventDefault();
        event.stopImmediatePropagation();
        if (form.dataset.sending) return;
        form.dataset.sending = "yes";
        send(form, input.files[0], input, enhance);
      },
      { capture: true },
    );
  }
}

// A page that is left while a photograph is on its way would lose it.
window.addEventListener("beforeunload", (event) => {
  if (document.querySelector("form[data-sending]")) event.preventDefault();
});
