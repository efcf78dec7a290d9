// Ticks the clock and looks whether the payment was closed meanwhile: paid on a phone, given up in
// another window, or out of time. Without this script a refresh does the same, only later.
"use strict";

const timer = document.querySelector("[data-remaining]");
const clock = timer.querySelector("time");
const { status, after } = timer.dataset;
let endsAt = performance.now() + Number(timer.dataset.remaining) * 1000;
let leaving = false;

function leave() {
  if (leaving) return;
  leaving = true;
  location.replace(after);
}

function tick() {
  const left = Math.max(0, Math.round((endsAt - performance.now()) / 1000));
  const two = (number) => String(number).padStart(2, "0");
  clock.textContent = `${two(Math.floor(left / 60))}:${two(left % 60)}`;
}

async function look() {
  if (leaving) return;
  try {
    const answer = await fetch(status, { cache: "no-store" });
    const { open, remaining_s } = await answer.json();
    endsAt = performance.now() + remaining_s * 1000;
    if (!open) leave();
  } catch {
    // The sandbox is away for a moment; the next look tells.
  }
}

// The payer's own move goes first: two ways out at once would visit the shop twice.
document.addEventListener("submit", () => { leaving = true; });
// A page that comes back from the browser's history may have been closed meanwhile.
addEventListener("pageshow", (event) => { if (event.persisted) { leaving = false; look(); } });

// The page for apps calls the app's scheme by itself, once. A browser that a test drives has no app, asks
// whether it may look for one, and can be driven no more.
const fires = document.querySelector("[data-fires]");
if (fires && !navigator.webdriver) location.href = fires.dataset.fires;

setInterval(tick, 1000);
setInterval(look, 1500);
