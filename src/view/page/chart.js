// The values under the pointer, or at the place that the arrow keys reach.
(() => {
  const left = 54, right = 12, top = 12, bottom = 38;
  const show = v => Number.isFinite(v) ? (v !== 0 && (Math.abs(v) < 1e-3 || Math.abs(v) >= 1e5) ? v.toExponential(3) : String(+v.toPrecision(4))) : "–";
  const make = (name, svg, set) => {
    const e = svg.appendChild(document.createElementNS("http://www.w3.org/2000/svg", name));
    for (const k in set) e.setAttribute(k, set[k]);
    return e;
  };
  for (const figure of document.querySelectorAll(".chart")) {
    const series = [...figure.querySelectorAll(".names li")].map(li => ({
      name: li.textContent, style: li.querySelector("path").getAttribute("style"),
      x: li.dataset.x.split(" ").map(Number), y: li.dataset.y.split(" ").map(Number),
    }));
    const places = [...new Set(series.flatMap(s => s.x))].sort((a, b) => a - b), output = figure.querySelector("output");
    if (!places.length) continue;
    for (const svg of figure.querySelectorAll(".plot svg")) {
      const { width, height } = svg.viewBox.baseVal, log = svg.matches(".log");
      const { low, high, bottom: least, top: most } = Object.fromEntries(Object.entries(svg.dataset).map(([k, v]) => [k, +v]));
      const across = x => left + (x - low) / (high - low) * (width - left - right);
      const up = y => height - bottom - (log ? Math.log(y / least) / Math.log(most / least) : (y - least) / (most - least)) * (height - top - bottom);
      let now = -1, marks = [];
      const hide = () => { marks.forEach(m => m.remove()); marks = []; output.classList.remove("shown"); };
      const at = i => {
        hide();
        now = Math.max(0, Math.min(places.length - 1, i));
        const x = places[now], lines = [`${svg.querySelector("text:last-of-type").textContent} ${show(x)}`];
        marks.push(make("path", svg, { class: "pointer", d: `M${across(x)} ${top}V${height - bottom}` }));
        for (const s of series) {
          const k = s.x.indexOf(x);
          if (k < 0) continue;
          lines.push(`${s.name}  ${show(s.y[k])}`);
          if (Number.isFinite(up(s.y[k]))) marks.push(make("circle", svg, { class: "spot", style: s.style, r: 3.5, cx: across(x), cy: up(s.y[k]) }));
        }
        output.textContent = lines.join("\n");
        output.classList.add("shown");
        const half = across(x) > width / 2;
        output.style.left = half ? "auto" : `${across(x) / width * 100 + 2}%`;
        output.style.right = half ? `${(1 - across(x) / width) * 100 + 2}%` : "auto";
      };
      const nearest = event => {
        const box = svg.getBoundingClientRect(), x = low + ((event.clientX - box.left) / box.width * width - left) / (width - left - right) * (high - low);
        let best = 0;
        places.forEach((p, i) => { if (Math.abs(p - x) < Math.abs(places[best] - x)) best = i; });
        at(best);
      };
      svg.addEventListener("pointermove", nearest);
      svg.addEventListener("pointerdown", nearest);
      svg.addEventListener("pointerleave", hide);
      svg.addEventListener("blur", hide);
      svg.addEventListener("keydown", event => {
        const i = { ArrowRight: now + 1, ArrowLeft: now < 0 ? places.length - 1 : now - 1, Home: 0, End: places.length - 1 }[event.key];
        if (event.key === "Escape") hide();
        if (i === undefined) return;
        event.preventDefault();
        at(i);
      });
    }
  }
})();
