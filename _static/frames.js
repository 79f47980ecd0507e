// Figures with a slider: the pictures stand beside the figure in a hidden container (companion.frames). The slider and
// its button are added here; without scripts the figure shows one picture and is complete.
document.addEventListener("DOMContentLoaded", () => {
  for (const store of document.querySelectorAll(".frames")) {
    const named = (prefix) => [...store.classList].find((c) => c.startsWith(prefix)).slice(prefix.length);
    const figure = document.getElementById(named("frames-of-"));
    const shown = figure && figure.querySelector("img");
    const frames = [...store.querySelectorAll("img")].map((i) => ({ src: i.src, label: i.alt }));
    if (!shown || frames.length < 2) continue;
    const [link, alt] = [shown.closest("a"), shown.alt.replace(/\.$/, "")];
    const title = store.querySelector("p") ? store.querySelector("p").textContent : "Frame";

    const bar = document.createElement("div");
    const button = document.createElement("button");
    const slider = document.createElement("input");
    const value = document.createElement("output");
    bar.className = "frames-control";
    bar.style.maxWidth = shown.style.width;
    bar.setAttribute("role", "group");
    bar.setAttribute("aria-label", title);
    button.type = "button";
    Object.assign(slider, { type: "range", min: 0, max: frames.length - 1, step: 1, value: named("frames-start-") });
    slider.setAttribute("aria-label", title);
    bar.append(button, slider, value);
    (link || shown).after(bar);

    let timer = null;
    const playing = (yes) => {
      clearInterval(timer);
      timer = yes ? setInterval(advance, 350) : null;
      button.textContent = yes ? "❚❚" : "▶";
      button.setAttribute("aria-label", yes ? "Pause" : "Play");
    };
    const show = () => {
      const frame = frames[slider.value];
      shown.src = frame.src;
      shown.alt = `${alt}. Shown: ${frame.label}`;
      if (link) link.href = frame.src;
      value.textContent = frame.label;
      slider.setAttribute("aria-valuetext", frame.label);
    };
    const advance = () => {
      slider.value = (Number(slider.value) + 1) % frames.length;
      show();
      if (Number(slider.value) === frames.length - 1) playing(false);
    };
    // The pictures are fetched when a reader first reaches for the slider, so that one who does not is spared them.
    const fetchAll = () => frames.forEach((frame) => { new Image().src = frame.src; });
    for (const event of ["pointerenter", "focusin"]) bar.addEventListener(event, fetchAll, { once: true });
    slider.addEventListener("input", () => { playing(false); show(); });
    button.addEventListener("click", () => playing(timer === null));
    value.textContent = frames[slider.value].label;
    slider.setAttribute("aria-valuetext", value.textContent);
    playing(false);
  }
});
