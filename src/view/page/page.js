// Steps through the page and lights ways through the graph. Everything is on the page without it.
(() => {
  const root = document.documentElement, all = s => [...document.querySelectorAll(s)], one = s => document.querySelector(s);
  const steps = all("ol.steps>li[data-at]"), nodes = all(".graph .node"), edges = all(".graph .edge"), labels = all(".graph .local");
  const output = one(".controls output"), play = one("#play");
  if (!steps.length || !output) return;
  root.classList.add("js");
  const node = at => nodes.find(n => n.dataset.step === at);
  const edge = (from, to, input) => edges.find(e => e.dataset.from === from && e.dataset.to === to && e.dataset.input === input);
  const label = e => labels.find(l => l.dataset.edge === e.dataset.edge);
  // What is wider than its place can be reached and moved by the keyboard.
  const boxes = ".line>span,.matrix figure,h1>span", over = e => e.scrollWidth > e.clientWidth + 1;
  function reach() {
    for (const e of all(boxes)) {
      for (const [name, value] of [["tabindex", "0"], ["role", "group"], ["aria-label", document.body.dataset.wide]]) over(e) ? e.setAttribute(name, value) : e.removeAttribute(name);
    }
  }
  reach();
  addEventListener("resize", reach);
  all("details").forEach(e => e.addEventListener("toggle", reach));
  let now = -1, timer = 0;  // -1: all is shown

  function clear(...names) {
    for (const e of [...nodes, ...edges, ...labels, ...steps]) e.classList.remove(...names);
  }
  function show(i, follow = true) {
    now = Math.max(-1, Math.min(steps.length - 1, i));
    unlight();
    clear("now", "nowback", "known", "pulled", "later");
    root.classList.toggle("stepping", now >= 0);
    one("#all").setAttribute("aria-pressed", now < 0);
    output.textContent = now < 0 ? `${steps.length} ${output.dataset.steps}` : `${now + 1} ${output.dataset.of} ${steps.length}`;
    if (now < 0) return;
    for (const n of nodes) if (n.matches(".input,.parameter,.constant")) n.classList.add("known");
    steps.forEach((step, k) => {
      const { at, above, input } = step.dataset, n = node(at);
      if (k > now) return step.classList.add("later");
      n?.classList.add(above === undefined && !step.matches(".back") ? "known" : "pulled");
      const e = above === undefined ? null : edge(at, above, input);
      if (e) label(e)?.classList.add("pulled");
      if (k < now) return;
      step.classList.add("now");
      n?.classList.add(step.matches(".back") ? "nowback" : "now");
      e?.classList.add("nowback");
      if (!step.matches(".back")) for (const f of edges) if (f.dataset.to === at) f.classList.add("now");
    });
    if (!follow) return;
    const calm = matchMedia("(prefers-reduced-motion:reduce)").matches;
    steps[now].scrollIntoView({ block: innerWidth >= 980 ? "nearest" : "center", behavior: calm ? "auto" : "smooth" });
    const n = node(steps[now].dataset.at), view = one(".view");
    if (n && view.scrollHeight > view.clientHeight + 4) {
      const box = n.getBoundingClientRect(), frame = view.getBoundingClientRect();
      view.scrollBy({ top: box.top - frame.top - frame.height / 2, left: box.left - frame.left - frame.width / 2, behavior: calm ? "auto" : "smooth" });
    }
  }
  function unlight() {
    root.classList.remove("lighting");
    clear("lit");
    nodes.forEach(n => n.removeAttribute("aria-pressed"));
  }
  // All ways from a node to the result: the edges from which both are reached.
  function light(at) {
    const n = node(at), was = n?.classList.contains("lit") && n.getAttribute("aria-pressed") === "true";
    unlight();
    if (!n || was) return;
    const reached = new Set([at]);
    for (let more = true; more;) {
      more = false;
      for (const e of edges) {
        if (!e.matches(".still") && reached.has(e.dataset.from) && !reached.has(e.dataset.to)) more = !!reached.add(e.dataset.to);
      }
    }
    root.classList.add("lighting");
    n.setAttribute("aria-pressed", "true");
    for (const other of nodes) other.classList.toggle("lit", reached.has(other.dataset.step));
    for (const e of edges) {
      const lit = !e.matches(".still") && reached.has(e.dataset.from) && reached.has(e.dataset.to);
      e.classList.toggle("lit", lit);
      label(e)?.classList.toggle("lit", lit);
    }
    const ways = one(`#paths${at}`);
    if (ways) ways.open = true;
  }
  function stop() {
    clearInterval(timer);
    timer = 0;
    if (play) play.textContent = play.dataset.play;
  }
  one("#next").onclick = () => { stop(); show(now + 1); };
  one("#previous").onclick = () => { stop(); show(now < 0 ? steps.length - 1 : now - 1); };
  one("#all").onclick = () => { stop(); show(-1); };
  play.onclick = () => {
    if (timer) return stop();
    play.textContent = play.dataset.pause;
    if (now >= steps.length - 1) show(-1);
    show(now + 1);
    timer = setInterval(() => now >= steps.length - 1 ? stop() : show(now + 1), 1100);
  };
  for (const n of nodes) {
    n.addEventListener("click", () => light(n.dataset.step));
    n.addEventListener("keydown", e => { if (e.key === "Enter" || e.key === " ") { e.preventDefault(); light(n.dataset.step); } });
  }
  steps.forEach((step, k) => step.addEventListener("click", () => { if (!getSelection().toString()) { stop(); show(k, false); } }));
  addEventListener("keydown", e => {
    if (e.target.closest?.("input,textarea,.scroll") || e.ctrlKey || e.metaKey || e.altKey) return;
    if (e.target.matches?.(`${boxes},.view`) && over(e.target) && e.key !== "Escape") return;
    const move = { ArrowRight: now + 1, ArrowLeft: now < 0 ? steps.length - 1 : now - 1, Home: 0, End: steps.length - 1, Escape: -1 }[e.key];
    if (move === undefined) return;
    e.preventDefault();
    stop();
    show(e.key === "ArrowRight" && now === steps.length - 1 ? now : move);
  });
  show(-1);
})();
