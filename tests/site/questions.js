// What the tests ask a rendered page; all at once, since each question costs a round trip.
({
  async facts() {
    await document.fonts.ready;
    for (const img of document.images) { img.loading = "eager"; await img.decode().catch(() => {}); }
    if (window.MathJax && MathJax.startup) await MathJax.startup.promise;
    const text = [];
    const walk = (node) => {
      if (node.nodeType === Node.TEXT_NODE) text.push(node.data);
      else if (!/^(CODE|PRE|SCRIPT|STYLE|MJX-CONTAINER|SVG)$/i.test(node.nodeName) &&
               !(node.classList && node.classList.contains("highlight"))) node.childNodes.forEach(walk);
    };
    walk(document.querySelector("article, main") || document.body);
    const alphaAtCorners = (img) => {
      if (location.protocol === "file:") return 255;  // pixels are not readable there
      const canvas = document.createElement("canvas");
      canvas.width = img.naturalWidth; canvas.height = img.naturalHeight;
      const context = canvas.getContext("2d");
      context.drawImage(img, 0, 0);
      const alpha = ([x, y]) => context.getImageData(x, y, 1, 1).data[3];
      return Math.min(...[[1, 1], [canvas.width - 2, canvas.height - 2]].map(alpha));
    };
    return {
      text: text.join(" "),
      formulas: [...document.querySelectorAll(".math")].map((m) => [m.textContent.slice(0, 80), m.querySelectorAll("mjx-container").length]),
      wrongFormulas: [...document.querySelectorAll(
        'mjx-merror, [data-mml-node="merror"], mjx-container [fill="red"], mjx-container [mathcolor="red"]')]
        .map((m) => (m.closest(".math") || m).textContent.slice(0, 80)),
      images: [...document.images].map((i) => ({src: i.getAttribute("src"), alt: i.getAttribute("alt") || "", width: i.naturalWidth})),
      figures: [...document.querySelectorAll("figure img")].filter((i) => i.naturalWidth)
        .map((i) => ({src: i.getAttribute("src"), alpha: alphaAtCorners(i)})),
      downloads: [...document.querySelectorAll('figure[id^="fig-"]')].map((f) => [f.id,
        [...f.querySelectorAll("a.download")].map((a) => a.href)]),
      links: [...document.querySelectorAll("a[href]")].map((a) => a.href),
      notebook: [...document.querySelectorAll('a[href$=".ipynb"]')].map((a) => a.href),
      passport: document.querySelectorAll(".passport").length,
      title: document.title,
      headings: [...document.querySelectorAll("h1")].filter((h) => h.checkVisibility()).length,
      language: document.documentElement.lang,
    };
  },
  widths() {
    const scrolls = (e) => ["auto", "scroll"].includes(getComputedStyle(e).overflowX);
    const wide = [...document.querySelectorAll("table")].filter((t) => {
      if (!t.getClientRects().length) return false;
      for (let e = t; e && e !== document.body; e = e.parentElement)
        if (scrolls(e) && e.getBoundingClientRect().right <= innerWidth + 1) return false;
      return t.getBoundingClientRect().right > innerWidth + 1;
    });
    const held = (e) => {
      for (let p = e.parentElement; p && p !== document.body; p = p.parentElement)
        if (getComputedStyle(p).overflowX !== "visible") return true;
      return getComputedStyle(e).position === "fixed";
    };
    const reasons = [...document.body.querySelectorAll("*")]
      .filter((e) => e.checkVisibility() && e.getBoundingClientRect().right > innerWidth + 1 && !held(e))
      .map((e) => `${e.tagName.toLowerCase()} "${e.textContent.trim().slice(0, 40)}"`);
    return {width: document.documentElement.scrollWidth, reasons: reasons.slice(0, 3), tables: wide.map((t) => t.id || t.textContent.trim().slice(0, 40))};
  },
  contrast() {
    const numbers = (c) => { const n = c.match(/[\d.]+/g).map(Number); return n.length < 4 ? [...n, 1] : n; };
    const over = (a, b) => [0, 1, 2].map((i) => a[i] * a[3] + b[i] * (1 - a[3])).concat(1);
    const ground = (e) => {
      const layers = [];
      for (; e; e = e.parentElement) layers.push(numbers(getComputedStyle(e).backgroundColor));
      return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255, 1]);
    };
    const light = (c) => {
      const [r, g, b] = c.slice(0, 3).map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const poor = [];
    const seen = new Set();
    const place = document.querySelector("article, main") || document.body;
    for (const e of place.querySelectorAll("h1, h2, p, li, td, th, dt, dd, a, figcaption, caption, .admonition-title, button")) {
      if (!e.checkVisibility({checkOpacity: true, checkVisibilityCSS: true}) || e.matches(".headerlink") ||
          ![...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim())) continue;
      const below = ground(e), front = over(numbers(getComputedStyle(e).color), below);
      const key = [front, below].join();
      if (seen.has(key)) continue;
      seen.add(key);
      const [hi, lo] = [light(front), light(below)].sort((x, y) => y - x);
      const ratio = (hi + 0.05) / (lo + 0.05);
      if (ratio < 4.5) poor.push(`${e.tagName.toLowerCase()} "${e.textContent.trim().slice(0, 40)}" has ${ratio.toFixed(1)}:1`);
    }
    return poor;
  },
})
