// Maps: loaded on the pages that have one. Everything that they show or ask for is on the page without them too.
import { circleMarker, control, divIcon, geoJSON, latLng, latLngBounds, map as makeMap, marker, svg, tileLayer } from "leaflet";

const STEP_PIXELS = 12;
const KM_A_DEGREE = 111.2;
const still = matchMedia("(prefers-reduced-motion: reduce)").matches;

function held(figure, name) {
  const script = figure.querySelector(`script[data-map-${name}]`);
  return script ? JSON.parse(script.textContent) : null;
}

function around(latitude, longitude, km) {
  const high = km / KM_A_DEGREE;
  const wide = high / Math.cos((latitude * Math.PI) / 180);
  return latLngBounds([latitude - high, longitude - wide], [latitude + high, longitude + wide]);
}

// Roads and names; texts are set as text, whatever a commune is called.
function drawGround(map, ground) {
  const roads = ground.features.filter((feature) => "road" in feature.properties).reverse();
  geoJSON(roads, {
    interactive: false,
    style: (feature) => ({ className: `map-road map-road-${feature.properties.road}`, pane: "ground" }),
  }).addTo(map);
  for (const feature of ground.features) {
    if (!("name" in feature.properties)) continue;
    const label = document.createElement("span");
    label.textContent = feature.properties.name;
    const [longitude, latitude] = feature.geometry.coordinates;
    marker([latitude, longitude], {
      icon: divIcon({ className: "map-name", html: label, iconSize: null }),
      interactive: false,
      keyboard: false,
      pane: "names",
    }).addTo(map);
  }
}

function drawShapes(map, shapes) {
  const areas = shapes.features.filter((feature) => feature.properties.kind === "area");
  const layer = geoJSON(areas, {
    interactive: false,
    style: (feature) => ({ className: `map-area map-minutes-${feature.properties.minutes}` }),
  }).addTo(map);
  const lines = geoJSON(
    shapes.features.filter((feature) => feature.geometry.type === "LineString"),
    { interactive: false, style: (feature) => ({ className: `map-line map-line-${feature.properties.kind}` }) },
  ).addTo(map);
  for (const feature of shapes.features) {
    if (feature.geometry.type !== "Point") continue;
    const [longitude, latitude] = feature.geometry.coordinates;
    const { kind } = feature.properties;
    circleMarker([latitude, longitude], {
      radius: kind === "origin" ? 7 : 9,
      className: `map-${kind}`,
      interactive: false,
    }).addTo(map);
  }
  // The way is what such a map is about, however far one would come.
  const shown = lines.getLayers().length ? lines : layer;
  if (shown.getLayers().length) map.fitBounds(shown.getBounds(), { animate: false, padding: [24, 24] });
}

function distance(metres) {
  return metres < 1000
    ? `${Math.round(metres / 10) * 10} m`
    : `${(metres / 1000).toLocaleString("fr-FR", { maximumFractionDigits: 1 })} km`;
}

function read(text) {
  const found = text.trim().match(/^(-?\d{1,2}(?:[.,]\d+)?)\s*[;,\s]\s*(-?\d{1,3}(?:[.,]\d+)?)$/);
  if (!found) return null;
  const [latitude, longitude] = [found[1], found[2]].map((part) => Number(part.replace(",", ".")));
  return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 ? latLng(latitude, longitude) : null;
}

// One pin, and the field that keeps it: whichever of the two changes, the other follows.
function choosePlace(map, box, figure) {
  const field = document.getElementById(box.dataset.pin);
  const says = figure.querySelector("[data-map-says]");
  const center = latLng(Number(box.dataset.latitude), Number(box.dataset.longitude));
  let pin = null;

  function show(at) {
    if (!pin) {
      const icon = divIcon({ className: "map-pin", html: "<span></span>", iconSize: [32, 40], iconAnchor: [16, 38] });
      pin = marker(at, { icon, draggable: true, autoPan: true, keyboard: true }).addTo(map);
      const element = pin.getElement();
      element.setAttribute("aria-label", box.dataset.pinName);
      element.addEventListener("keydown", byKeys);
      pin.on("dragend", () => keep(pin.getLatLng()));
    }
    pin.setLatLng(at);
  }
  function keep(at) {
    show(at);
    field.value = `${at.lat.toFixed(5)}, ${at.lng.toFixed(5)}`;
    map.panInside(at, { padding: [40, 40], animate: !still });
    says.textContent = box.dataset.pinSaid.replace("{distance}", distance(center.distanceTo(at)));
  }
  function byKeys(event) {
    const steps = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[event.key];
    if (!steps) return;
    event.preventDefault();
    event.stopPropagation();
    const pixels = event.shiftKey ? 2 : STEP_PIXELS;
    const point = map.latLngToContainerPoint(pin.getLatLng());
    keep(map.containerPointToLatLng(point.add([steps[0] * pixels, steps[1] * pixels])));
  }
  function clear() {
    pin?.remove();
    pin = null;
  }

  map.on("click", (event) => keep(event.latlng));
  field.addEventListener("input", () => {
    const at = read(field.value);
    if (!at) return clear();
    show(at);
    map.panInside(at, { padding: [40, 40], animate: !still });
  });
  figure.querySelector("[data-map-place]").addEventListener("click", () => {
    keep(map.getCenter());
    pin.getElement().focus();
  });
  figure.querySelector("[data-map-clear]").addEventListener("click", () => {
    clear();
    field.value = "";
    field.focus();
  });
  const known = read(field.value);
  if (known) {
    show(known);
    map.setView(known, 15, { animate: false });
  }
}

function start(figure) {
  const box = figure.querySelector("[data-map]");
  figure.classList.add("is-drawn");
  const { latitude, longitude, km, tiles } = box.dataset;
  const map = makeMap(box, {
    attributionControl: false,
    zoomControl: false,
    renderer: svg({ padding: 0.5 }),
    scrollWheelZoom: false,
    zoomAnimation: !still,
    fadeAnimation: !still,
    markerZoomAnimation: !still,
    inertia: !still,
    minZoom: 7,
    maxZoom: 18,
    zoomSnap: 0.25,
  });
  control.zoom({ zoomInTitle: box.dataset.zoomIn, zoomOutTitle: box.dataset.zoomOut }).addTo(map);
  for (const [name, level] of [["ground", 250], ["names", 450]]) {
    map.createPane(name).style.zIndex = level;
    map.getPane(name).style.pointerEvents = "none";
  }
  const bounds = around(Number(latitude), Number(longitude), Number(km));
  map.fitBounds(box.dataset.pin ? bounds.pad(-0.3) : bounds, { animate: false });
  // The wheel scrolls the page until somebody works with the map.
  map.on("focus click", () => map.scrollWheelZoom.enable());
  map.on("blur", () => map.scrollWheelZoom.disable());

  const shapes = held(figure, "shapes");
  if (tiles) tileLayer(tiles, { maxZoom: 18 }).addTo(map);
  else if (box.dataset.ground) {
    fetch(box.dataset.ground, { credentials: "same-origin" })
      .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(String(answer.status)))))
      .then((ground) => drawGround(map, ground))
      // Without a ground the map still shows what it is there for.
      .catch(() => {})
      .finally(() => box.setAttribute("data-ready", ""));
  }
  const ground = held(figure, "ground");
  if (ground) drawGround(map, ground);
  if (shapes) drawShapes(map, shapes);
  if (box.dataset.pin) choosePlace(map, box, figure);
  if (!box.dataset.ground) box.setAttribute("data-ready", "");
  document.querySelectorAll("[data-map-legend]").forEach((legend) => legend.removeAttribute("hidden"));
}

document.querySelectorAll("[data-map-figure]").forEach(start);
