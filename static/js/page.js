// Small helps that pages work without: the warning before a session ends, and copy buttons.
"use strict";

const WARN_SECONDS = 300;

function watchSession(note) {
  const end = Number(note.dataset.sessionEnd);
  const check = () => {
    const left = end - Date.now() / 1000;
    note.hidden = left > WARN_SECONDS;
    if (left <= 0) window.location.reload();
  };
  check();
  window.setInterval(check, 15000);
}

async function copy(button) {
  await navigator.clipboard.writeText(button.dataset.copy);
  const before = button.textContent;
  button.textContent = button.dataset.copied;
  window.setTimeout(() => { button.textContent = before; }, 2000);
}

// What needs a script is hidden in the page and shown by it, also in parts that arrive later.
function prepare(part) {
  part.querySelectorAll("[data-copy]").forEach((button) => { button.hidden = false; });
  // Unfold writes a file's name into a text field that our forms do not have; it leaves these alone.
  part.querySelectorAll("input[type=file]").forEach((input) => { input.hasChangeListener = true; });
}

// A refused form may stand far below: go to the first thing in it that is said to be wrong.
function showRefusal() {
  const place = document.querySelector("[data-refused]");
  if (!place) return;
  place.scrollIntoView({ block: "center" });
  (place.querySelector("input, select, textarea") || place).focus({ preventScroll: true });
}

document.querySelectorAll("[data-session-end]").forEach(watchSession);
document.addEventListener("htmx:load", (event) => prepare(event.target));
prepare(document);
showRefusal();
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) copy(button);
});
