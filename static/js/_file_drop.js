// Drop files on the area, and see which ones were chosen; without it the plain input works.
export function dropFiles(root) {
  for (const area of root.querySelectorAll("[data-file-drop]")) {
    const input = area.querySelector('input[type="file"]');
    const list = area.querySelector("ul");
    if (!input || !list || area.dataset.ready) continue;
    area.dataset.ready = "yes";

    const show = () => {
      list.replaceChildren(
        ...[...input.files].map((file) => {
          const line = document.createElement("li");
          const size = Math.max(1, Math.round(file.size / 1024)).toLocaleString("fr-FR");
          line.textContent = `${file.name} (${size} ko)`;
          return line;
        }),
      );
    };
    input.addEventListener("change", show);
    for (const name of ["dragenter", "dragover"]) {
      area.addEventListener(name, (event) => {
        event.preventDefault();
        area.classList.add("is-over");
      });
    }
    for (const name of ["dragleave", "drop"]) {
      area.addEventListener(name, () => area.classList.remove("is-over"));
    }
    area.addEventListener("drop", (event) => {
      event.preventDefault();
      const dropped = event.dataTransfer.files;
      if (!dropped.length) return;
      if (input.multiple) {
        input.files = dropped;
      } else {
        const one = new DataTransfer();
        one.items.add(dropped[0]);
        input.files = one.files;
      }
      show();
    });
  }
}
