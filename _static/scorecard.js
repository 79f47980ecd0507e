// Filters of the scorecard: one row of buttons for papers, one for verdicts. Without scripts all cards are shown.
document.addEventListener("DOMContentLoaded", () => {
  const place = document.getElementById("scorecard-filters");
  const cards = [...document.querySelectorAll(".claim-card")];
  if (!place || cards.length === 0) return;
  const chosen = { paper: "", verdict: "" };
  const verdicts = { reproduced: "reproduced", "not-reproduced": "not reproduced", undecided: "not decided" };
  const papers = [...new Set(cards.map((c) => [...c.classList].find((k) => k.startsWith("paper-"))))];
  const show = () => cards.forEach((card) => {
    card.hidden = (chosen.paper && !card.classList.contains(chosen.paper))
      || (chosen.verdict && !card.classList.contains(chosen.verdict));
  });
  const row = (key, options) => {
    const line = document.createElement("div");
    line.className = "scorecard-filter";
    line.setAttribute("role", "group");
    line.setAttribute("aria-label", "Filter claims by " + key);
    for (const [value, label] of options) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = label;
      button.setAttribute("aria-pressed", String(value === ""));
      button.addEventListener("click", () => {
        chosen[key] = value;
        line.querySelectorAll("button").forEach((b) => b.setAttribute("aria-pressed", String(b === button)));
        show();
      });
      line.append(button);
    }
    place.append(line);
  };
  row("paper", [["", "all papers"], ...papers.map((p) => [p, p.replace("paper-", "").replace(/(\d{4})$/, " $1")])]);
  row("verdict", [["", "all verdicts"], ...Object.entries(verdicts)]);
});
