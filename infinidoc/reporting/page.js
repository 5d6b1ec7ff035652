"use strict";
// Shows the report's data. Text of the document becomes text nodes only, never markup.
const data = JSON.parse(document.getElementById("data").textContent);
const STEP = 60; // passages shown at once
const byId = (id) => document.getElementById(id);
const count = (n, noun) => `${n.toLocaleString("en")} ${noun}${n === 1 ? "" : "s"}`;

function make(tag, text, className) {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  if (className) element.className = className;
  return element;
}

function drawn(tag, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

// -- dark and light --------------------------------------------------------------------------

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
}
setTheme(matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
function otherTheme() {
  setTheme(document.documentElement.dataset.theme === "dark" ? "light" : "dark");
}
byId("theme").addEventListener("click", otherTheme);

// -- facts -----------------------------------------------------------------------------------

const kept = data.bars.reduce((sum, bar) => sum + bar.kept, 0);
const memory = data.memory_bytes ? `memory ${(data.memory_bytes / 1e6).toFixed(1)} MB` : "no memory";
byId("facts").textContent = [
  data.source, count(data.pages, "page"), count(data.tokens, "token"), memory,
  data.model ? `read by ${data.model}` : "", `on ${data.created.slice(0, 10)}`,
].filter(Boolean).join(" · ");
byId("made").textContent = `Made by infinidoc ${data.version}. The page holds the document's text.`;
byId("legend").textContent = data.bars.length
  ? `From the first word to the last: ${count(data.bars.length, "stretch").replace("stretchs", "stretches")}`
    + (kept >= data.tokens ? ", every token of them kept exactly" : kept ? `, high where more of the ${count(kept, "token")} kept exactly stand` : "")
    + (data.chapters.length > 1 ? ", a line where a chapter begins" : "")
    + (data.asked.some((a) => a.start !== undefined) ? ", a dot where an answer stands" : "") + "."
  : "";
if (data.warnings.length) {
  byId("unread").hidden = false;
  byId("unread").firstElementChild.textContent = count(data.warnings.length, "note") + " on what was read";
  for (const warning of data.warnings) byId("unread").lastElementChild.append(make("li", warning));
}

// -- the strip -------------------------------------------------------------------------------

const WIDTH = 1000, HEIGHT = 72, FLOOR = 12;
const length = Math.max(data.characters, 1);
const x = (start) => (start / length) * WIDTH;
const strip = drawn("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" });
const density = (bar) => bar.kept / Math.max(bar.tokens, 1);
const densest = Math.max(...data.bars.map(density), 1e-9);
for (const bar of data.bars) {
  const left = x(bar.start), width = Math.max(x(bar.end) - left - 0.6, 0.6);
  const tall = (HEIGHT - FLOOR - 10) * (density(bar) / densest);
  strip.append(drawn("rect", { class: "whole", x: left, y: HEIGHT - FLOOR, width, height: FLOOR }));
  strip.append(drawn("rect", { class: "kept", x: left, y: HEIGHT - FLOOR - tall, width, height: tall }));
}
for (const chapter of data.chapters) {
  strip.append(drawn("line", { class: "chapter", x1: x(chapter.start), x2: x(chapter.start), y1: 0, y2: HEIGHT }));
}
for (const asked of data.asked) {
  if (asked.start !== undefined) strip.append(drawn("rect", { class: "asked", x: x(asked.start) - 2, y: 2, width: 4, height: 6 }));
}
const here = drawn("line", { class: "here", x1: 0, x2: 0, y1: 0, y2: HEIGHT });
strip.append(here);
byId("strip").append(strip);
byId("strip").addEventListener("click", (event) => {
  const box = byId("strip").getBoundingClientRect();
  goTo(((event.clientX - box.left) / box.width) * length);
});

// -- passages --------------------------------------------------------------------------------

let found = data.passages.map((_, index) => index); // indexes of what is shown or can be
let shownFrom = 0, shownTo = 0, at = 0;
const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
const folded = data.passages.map((passage) => fold(`${passage.place} ${passage.text}`));
let words = [];

function passageElement(index) {
  const passage = data.passages[index];
  const article = make("article");
  article.dataset.index = index;
  article.tabIndex = -1;
  if (data.kind === "code") article.dataset.code = "";
  article.append(make("span", passage.place, "place"), marked(passage.text));
  return article;
}

function marked(text) {
  const paragraph = make("p");
  if (!words.length) {
    paragraph.textContent = text;
    return paragraph;
  }
  const escaped = words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  text.split(new RegExp(`(${escaped.join("|")})`, "giu")).forEach((part, index) => {
    paragraph.append(index % 2 ? make("mark", part) : part);
  });
  return paragraph;
}

function showFrom(position) {
  shownFrom = shownTo = Math.max(position, 0);
  byId("passages").replaceChildren();
  showMore();
}

function showMore() {
  const end = Math.min(shownTo + STEP, found.length);
  for (; shownTo < end; shownTo += 1) byId("passages").append(passageElement(found[shownTo]));
  byId("more").hidden = shownTo >= found.length;
}
byId("more").addEventListener("click", showMore);

function look() {
  words = fold(byId("words").value).split(/\s+/).filter(Boolean);
  found = [];
  folded.forEach((text, index) => {
    if (words.every((word) => text.includes(word))) found.push(index);
  });
  byId("count").textContent = words.length ? `${count(found.length, "passage")} of ${folded.length}` : count(folded.length, "passage");
  showFrom(0);
}
byId("words").addEventListener("input", look);

function choose(position, focus = true) {
  if (!found.length) return;
  at = Math.min(Math.max(position, 0), found.length - 1);
  if (at < shownFrom || at > shownTo + STEP) showFrom(at);
  while (at >= shownTo) showMore();
  document.querySelector("article.at")?.classList.remove("at");
  const article = byId("passages").children[at - shownFrom];
  article.classList.add("at");
  if (focus) {
    article.scrollIntoView({ block: "start" });
    article.focus({ preventScroll: true });
  }
  const start = data.passages[found[at]].start;
  here.setAttribute("x1", x(start));
  here.setAttribute("x2", x(start));
  byId("strip").setAttribute("aria-valuenow", Math.round((100 * start) / length));
  byId("strip").setAttribute("aria-valuetext", data.passages[found[at]].place);
}

function goTo(start) { // the passage in which this character of the text lies
  if (words.length) {
    byId("words").value = "";
    look();
  }
  let position = 0;
  data.passages.forEach((passage, index) => {
    if (passage.start <= start + 0.5) position = index;
  });
  choose(position);
}

// -- chapters, summaries, questions ----------------------------------------------------------

function entry(text, place, start) {
  const item = make("li"), button = make("button", text);
  button.type = "button";
  if (place) button.append(make("span", place, "place"));
  if (start === undefined) button.disabled = true;
  else button.addEventListener("click", () => goTo(start));
  item.append(button);
  return item;
}

if (data.chapters.length > 1) {
  byId("chapters").hidden = false;
  for (const chapter of data.chapters) byId("chapters").lastElementChild.append(entry(chapter.title, "", chapter.start));
}
if (data.asked.length) {
  byId("asked").hidden = false;
  for (const asked of data.asked) {
    const where = [asked.place ?? "not found in the text", asked.from, asked.when].filter(Boolean).join(" · ");
    byId("asked").lastElementChild.append(entry(`${asked.question} — ${asked.answer}`, where, asked.start));
  }
}
document.querySelector("nav").hidden = data.chapters.length < 2 && !data.asked.length;
if (data.summaries.length) {
  byId("summaries").hidden = false;
  const box = byId("summaries").lastElementChild;
  for (const summary of data.summaries) {
    if (summary.title) box.append(make("h3", summary.title));
    const button = make("button", summary.place);
    button.type = "button";
    button.addEventListener("click", () => goTo(summary.start));
    const line = make("p", summary.sentences.map((said) => said.text).join(" ") + " ");
    line.append(button);
    box.append(line);
  }
}

// -- keyboard --------------------------------------------------------------------------------

function toChapter(step) {
  const start = data.passages[found[at]]?.start ?? 0;
  const starts = data.chapters.map((chapter) => chapter.start);
  const next = step > 0 ? starts.find((s) => s > start) : starts.filter((s) => s < start).pop();
  if (next !== undefined) goTo(next);
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") {
    byId("words").value = "";
    look();
    byId("words").blur();
  } else if (event.target === byId("words")) {
    if (event.key === "Enter") choose(0);
    return;
  } else if (event.key === "/") byId("words").focus();
  else if (event.key === "j") choose(document.querySelector("article.at") ? at + 1 : at);
  else if (event.key === "k") choose(at - 1);
  else if (event.key === "n") toChapter(1);
  else if (event.key === "p") toChapter(-1);
  else if (event.key === "t") otherTheme();
  else if (event.target === byId("strip") && event.key === "ArrowRight") choose(at + 1, false);
  else if (event.target === byId("strip") && event.key === "ArrowLeft") choose(at - 1, false);
  else return;
  event.preventDefault();
});
byId("strip").setAttribute("aria-valuemin", 0);
byId("strip").setAttribute("aria-valuemax", 100);
look();
choose(0, false);
