const EDITABLE = "input, textarea, select, [contenteditable]";

// `/` goes to the search box, as it does in many tools; never while somebody is typing.
export function desk() {
  const search = document.querySelector("[data-global-search]");
  if (search) {
    document.addEventListener("keydown", (event) => {
      if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target.closest(EDITABLE)) return;
      event.preventDefault();
      search.focus();
      search.select();
    });
  }
  // The drawer of the phone is always open on a wide screen.
  const drawer = document.querySelector("[data-drawer]");
  if (drawer) {
    const wide = window.matchMedia("(min-width: 992px)");
    const adapt = () => {
      drawer.open = wide.matches;
    };
    adapt();
    wide.addEventListener("change", adapt);
  }
}

// A menu closes by Escape, and when the focus or a click goes elsewhere.
export function menus() {
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = event.target.closest("details.menu[open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
}
