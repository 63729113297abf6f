// A number with data-range="low high step" gets a slider beside it; both always say the same. What is typed
// stays what is sent: without this script the number alone works.
const read = (text) => Number(text.replace(/[\s\u00a0\u202f€]/g, "").replace(",", "."));

export function ranges(root) {
  for (const number of root.querySelectorAll("input[data-range]")) {
    if (number.dataset.ranged) continue;
    number.dataset.ranged = "yes";
    const [low, high, step] = number.dataset.range.split(" ");
    const slider = Object.assign(document.createElement("input"), { type: "range", min: low, max: high, step });
    slider.className = "form-range";
    const label = document.querySelector(`label[for="${number.id}"]`);
    slider.setAttribute("aria-label", label ? label.textContent.trim() : number.name);
    slider.value = String(read(number.value));
    slider.addEventListener("input", () => {
      number.value = slider.value;
    });
    number.addEventListener("input", () => {
      const typed = read(number.value);
      if (Number.isFinite(typed)) slider.value = String(typed);
    });
    number.closest(".field").append(slider);
  }
}
