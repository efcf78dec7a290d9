// Keeps the calls beside an order up to date: they are asked for once a second, and put in place when
// there are new ones. Without this script the page has those that were there when it was loaded.
"use strict";

const calls = document.querySelector("#calls");
let shown = "";

async function look() {
  if (document.hidden) return;
  try {
    const answer = await fetch(calls.dataset.from, { cache: "no-store" });
    const html = await answer.text();
    if (!answer.ok || html === shown) return;
    shown = html;
    const fresh = new DOMParser().parseFromString(html, "text/html");
    calls.replaceChildren(...fresh.body.childNodes);
  } catch {
    // The shop is away for a moment; the next look tells.
  }
}

if (calls) setInterval(look, 1000);
