// The signature pad: strokes of a finger, a stylus or a mouse, kept as whole numbers in a hidden field.
// Without this script the pad stays hidden: a name and a tick sign as well, and so does the keyboard.
const MIN_STEP = 2;

export function signaturePads(root = document) {
  for (const pad of root.querySelectorAll("[data-signature-pad]")) draw(pad);
}

function draw(pad) {
  const canvas = pad.querySelector("[data-signature-canvas]");
  const ink = pad.closest("form").querySelector("[data-signature-ink]");
  const context = canvas.getContext("2d");
  let strokes = read(ink.value);
  let current = null;
  pad.hidden = false;

  const paint = () => {
    context.clearRect(0, 0, canvas.width, canvas.height);
    context.lineWidth = 3;
    context.lineCap = context.lineJoin = "round";
    context.strokeStyle = getComputedStyle(canvas).color;
    for (const stroke of strokes) {
      context.beginPath();
      context.moveTo(stroke[0], stroke[1]);
      for (let at = 2; at < stroke.length; at += 2) context.lineTo(stroke[at], stroke[at + 1]);
      context.stroke();
    }
  };
  const point = (event) => {
    const box = canvas.getBoundingClientRect();
    const inside = (value, length, size) => Math.round(Math.min(Math.max((value / length) * size, 0), size));
    return [
      inside(event.clientX - box.left, box.width, canvas.width),
      inside(event.clientY - box.top, box.height, canvas.height),
    ];
  };
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    current = point(event);
    strokes.push(current);
    event.preventDefault();
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!current) return;
    const [x, y] = point(event);
    if (Math.hypot(x - current.at(-2), y - current.at(-1)) < MIN_STEP) return;
    current.push(x, y);
    paint();
  });
  const end = () => {
    current = null;
    ink.value = strokes.length ? JSON.stringify(strokes) : "";
  };
  canvas.addEventListener("pointerup", end);
  canvas.addEventListener("pointercancel", end);
  pad.querySelector("[data-signature-clear]").addEventListener("click", () => {
    strokes = [];
    end();
    paint();
  });
  paint();
}

function read(text) {
  try {
    return JSON.parse(text || "[]");
  } catch {
    return [];
  }
}
