// Rectangles over a picture: drawn by finger, stylus or mouse, or typed as numbers; the numbers are what is sent.
// Without this script the numbers alone work. They are whole per cents, rounded outwards: nothing peeps out.
const SIDES = ["left", "top", "width", "height"];

export function maskSheets(root) {
  for (const sheet of root.querySelectorAll("[data-mask-sheet]")) ready(sheet);
}

function ready(sheet) {
  const picture = sheet.querySelector("img");
  const canvas = sheet.querySelector("canvas");
  const form = document.getElementById(sheet.dataset.maskSheet);
  const rows = [...form.querySelectorAll("[data-mask-row]")].map((row) =>
    SIDES.map((side) => row.querySelector(`[name^="${side}_"]`)),
  );
  const context = canvas.getContext("2d");
  let from = null;
  let drawn = null;

  const kept = () =>
    rows.map((row) => row.map((input) => Number(input.value))).filter(([, , width, height]) => width > 0 && height > 0);
  const paint = () => {
    canvas.width = picture.clientWidth;
    canvas.height = picture.clientHeight;
    context.fillStyle = "rgb(0 0 0 / 75%)";
    for (const [left, top, width, height] of drawn ? [...kept(), drawn] : kept()) {
      const [x, y] = [(left * canvas.width) / 100, (top * canvas.height) / 100];
      context.fillRect(x, y, (width * canvas.width) / 100, (height * canvas.height) / 100);
    }
  };
  const point = (event) => {
    const box = canvas.getBoundingClientRect();
    const inside = (value, length) => Math.min(Math.max((100 * value) / length, 0), 100);
    return [inside(event.clientX - box.left, box.width), inside(event.clientY - box.top, box.height)];
  };
  canvas.hidden = false;
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    from = point(event);
    event.preventDefault();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!from) return;
    const to = point(event);
    const [left, top] = [0, 1].map((at) => Math.floor(Math.min(from[at], to[at])));
    const [right, bottom] = [0, 1].map((at) => Math.ceil(Math.max(from[at], to[at])));
    drawn = [left, top, right - left, bottom - top];
    paint();
  });
  const end = () => {
    const free = rows.find((row) => row.every((input) => !input.value.trim()));
    if (drawn && free) free.forEach((input, at) => (input.value = String(drawn[at])));
    from = drawn = null;
    paint();
  };
  canvas.addEventListener("pointerup", end);
  canvas.addEventListener("pointercancel", end);
  form.addEventListener("input", paint);
  const undo = form.querySelector("[data-mask-undo]");
  undo.hidden = false;
  undo.addEventListener("click", () => {
    const last = rows.findLast((row) => row.some((input) => input.value.trim()));
    if (last) last.forEach((input) => (input.value = ""));
    paint();
  });
  picture.addEventListener("load", paint);
  window.addEventListener("resize", paint);
  if (picture.complete) paint();
}
