// Keeps the tester's pages up to date: when the sandbox says that something changed, the same page
// is asked for again and the parts marked data-live are put in place. Without this script a reload
// does the same.
"use strict";

const live = document.querySelector(".live");
let asking = false;
let again = false;

// What each part was made of, to leave alone what did not change.
const madeOf = new Map();
for (const part of document.querySelectorAll("[data-live]")) madeOf.set(part.id, part.innerHTML);

function say(korean, english, on) {
  if (!live) return;
  live.textContent = korean + " ";
  const words = document.createElement("span");
  words.lang = "en";
  words.textContent = english;
  live.append(words);
  live.classList.toggle("on", on);
}

// What the tester opened, scrolled to or stands on stays so.
function replace(part, fresh) {
  const open = new Set(Array.from(part.querySelectorAll("details[open]"), pathTo));
  const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
  part.replaceChildren(...fresh.childNodes);
  for (const details of part.querySelectorAll("details")) {
    if (open.has(pathTo(details))) details.open = true;
  }
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

// A details element of a call is known by the call's id and its place in it.
function pathTo(details) {
  const call = details.closest("[id]");
  return call.id + ":" + Array.from(call.querySelectorAll("details")).indexOf(details);
}

async function refresh() {
  if (asking) { again = true; return; }
  asking = true;
  try {
    const answer = await fetch(location.href, { cache: "no-store" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of document.querySelectorAll("[data-live]")) {
      const fresh = page.getElementById(part.id);
      if (fresh && fresh.innerHTML !== madeOf.get(part.id)) {
        madeOf.set(part.id, fresh.innerHTML);
        replace(part, fresh);
      }
    }
    dress();
  } catch {
    // The sandbox is away; the stream tells when it is back.
  }
  asking = false;
  if (again) { again = false; refresh(); }
}

// A button to copy what stands in each curl block, and the address.
function dress() {
  for (const block of document.querySelectorAll(".curl pre, #address")) {
    if (block.dataset.dressed) continue;
    block.dataset.dressed = "1";
    const button = document.createElement("button");
    button.type = "button";
    button.className = "small copy";
    button.textContent = "복사 Copy";
    button.addEventListener("click", () => copy(block, button));
    block.after(button);
  }
}

async function copy(block, button) {
  try {
    await navigator.clipboard.writeText(block.textContent);
  } catch {
    getSelection().selectAllChildren(block);
    document.execCommand("copy");
  }
  button.textContent = "복사됨 Copied";
  setTimeout(() => { button.textContent = "복사 Copy"; }, 1500);
}

// The sandbox's clock runs on between two looks.
let shown = null;
function tick() {
  const time = document.querySelector("time[data-now]");
  if (!time || "frozen" in time.dataset) { shown = null; return; }
  if (shown?.from !== time.dataset.now) shown = { from: time.dataset.now, at: performance.now() };
  const now = Number(shown.from) + (performance.now() - shown.at) + 9 * 3600 * 1000;
  const date = new Date(now);
  if (!Number.isNaN(date.getTime())) time.textContent = date.toISOString().slice(0, 19).replace("T", " ");
}

const source = new EventSource("/_sandbox/live");
source.addEventListener("open", () => { say("실시간", "Live", true); refresh(); });
source.addEventListener("change", refresh);
source.addEventListener("error", () => say("끊김", "Disconnected", false));
// A page that comes back from the browser's history may be old.
addEventListener("pageshow", (event) => { if (event.persisted) refresh(); });
setInterval(tick, 1000);
dress();
