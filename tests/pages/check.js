// What is wrong with a page for those who see little, see no colours, use the keyboard, or have it read to them; as a list of texts.
// The rules are those of WCAG 2.1, level AA, that a program can decide for pages like ours.
const faults = [];
const say = (element, text) => faults.push(`${text}: ${element.outerHTML.replace(/\s+/g, " ").slice(0, 120)}`);
const all = selector => [...document.querySelectorAll(selector)];
const shown = element => element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && element.getBoundingClientRect().width > 0;
const hidden = element => element.closest("[aria-hidden=true]");

// ---- contrast
const colour = text => {
  const numbers = text.match(/[\d.]+/g)?.map(Number) ?? [0, 0, 0, 0];
  return text.startsWith("color(srgb") ? [...numbers.slice(0, 3).map(v => 255 * v), numbers[3] ?? 1] : [...numbers.slice(0, 3), numbers[3] ?? 1];
};
const over = (top, below) => [0, 1, 2].map(i => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
const light = ([r, g, b]) => {
  const linear = v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
};
const contrast = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
// Behind an element: backgrounds of what it lies in; in a picture also the shapes that are painted before it and hold its middle.
function behind(element) {
  const layers = [], box = element.getBoundingClientRect(), x = box.x + box.width / 2, y = box.y + box.height / 2;
  const svg = element.closest("svg");
  if (svg) {
    const shapes = [...svg.querySelectorAll("rect, circle, path")].filter(s => s.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING).reverse();
    for (const shape of shapes) {
      const style = getComputedStyle(shape), b = shape.getBoundingClientRect();
      if (style.fill === "none" || style.display === "none" || shape.matches("path") || x < b.left || x > b.right || y < b.top || y > b.bottom) continue;
      const fill = colour(style.fill);
      layers.push([...fill.slice(0, 3), fill[3] * style.fillOpacity]);
    }
  }
  for (let e = svg ?? element; e; e = e.parentElement) layers.push(colour(getComputedStyle(e).backgroundColor));
  return layers.reverse().reduce((below, top) => over(top, below), colour(matchMedia("(prefers-color-scheme:dark)").matches ? "rgb(18,18,18)" : "rgb(255,255,255)"));
}
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const element = walker.currentNode.parentElement;
  if (!walker.currentNode.data.trim() || !shown(element) || element.closest("script,style,title,desc")) continue;
  const style = getComputedStyle(element), ground = behind(element);
  let ink = colour(element.closest("svg") && style.fill !== "none" ? style.fill : style.color);
  for (let e = element; e; e = e.parentElement) ink = [...ink.slice(0, 3), ink[3] * getComputedStyle(e).opacity];
  const found = contrast(over(ink, ground), ground);
  if (found < 4.5) say(element, `a contrast of ${found.toFixed(2)} (${style.color} ${style.fill} on ${ground.map(Math.round)})`);
}

// ---- names
const name = e => (e.getAttribute("aria-label") ?? (e.getAttribute("aria-labelledby")?.split(" ").map(id => document.getElementById(id)?.textContent ?? "").join(" ")) ??
  e.querySelector(":scope > title")?.textContent ?? (e.labels?.length ? [...e.labels].map(l => l.textContent).join(" ") : e.matches("input,select,svg,img") ? e.getAttribute("alt") : e.textContent) ?? "").trim();
for (const e of all("button, a[href], input, select, textarea, summary, svg, img, [role=button], [role=img], [role=group], [tabindex]")) {
  if (!hidden(e) && (shown(e) || e.matches("input")) && !name(e)) say(e, "it has no name");
}
for (const e of all("[tabindex]")) {
  if (e.tabIndex > 0) say(e, "an order of its own for the keyboard");
  if (hidden(e)) say(e, "the keyboard reaches what is hidden from readers");
}

// ---- what the keyboard is at can be seen: by an outline of its own, of its label, or by the frame of a node
for (const e of all("button, summary, a[href], input, [tabindex='0']")) {
  if (!shown(e) && !e.matches("input")) continue;
  e.focus({ focusVisible: true, preventScroll: true });
  if (document.activeElement !== e) continue;
  const seen = e.matches("input[type=radio]") ? e.nextElementSibling : e.matches(".graph .node") ? null : e;
  if (seen ? getComputedStyle(seen).outlineStyle === "none" : parseFloat(getComputedStyle(e.querySelector("rect")).strokeWidth) < 3) say(e, "nothing shows that the keyboard is there");
}
document.activeElement?.blur();

// ---- structure
if (!document.documentElement.lang) faults.push("the page names no language");
if (!document.title.trim()) faults.push("the page has no title");
if (all("main").length !== 1) faults.push("there must be one <main>");
if (all("h1").length !== 1) faults.push(`${all("h1").length} headings of the first level`);
let level = 0;
for (const heading of all("h1,h2,h3,h4,h5,h6")) {
  const next = Number(heading.tagName[1]);
  if (next > level + 1) say(heading, `a heading of level ${next} below one of level ${level}`);
  level = next;
}
const ids = new Set();
for (const e of all("[id]")) ids.has(e.id) ? say(e, "an id that is there already") : ids.add(e.id);
for (const table of all("table")) if (!table.querySelector("th") && table.rows.length > 1 && !table.closest("math")) say(table, "a table without headings");
for (const e of all("ol, ul")) for (const child of e.children) if (!child.matches("li,script,template")) say(child, "a list holds something else than items");

// ---- width
const wide = document.documentElement.scrollWidth, view = document.documentElement.clientWidth;
if (wide > view) {
  const guilty = all("body *").filter(e => e.getBoundingClientRect().right > view + 1 && ![...e.children].some(c => c.getBoundingClientRect().right > view + 1))
    .filter(e => { for (let p = e.parentElement; p; p = p.parentElement) if (/auto|scroll|hidden/.test(getComputedStyle(p).overflowX)) return false; return true; });
  faults.push(`the page is ${wide} px wide in a window of ${view}: ${guilty.slice(0, 3).map(e => e.outerHTML.replace(/\s+/g, " ").slice(0, 100)).join(" | ")}`);
}
return faults;
