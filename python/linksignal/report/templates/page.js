"use strict";
(() => {
  const parsed = (id) => JSON.parse(document.getElementById(id).textContent);
  const element = (name, text, kind) => {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    if (kind) made.className = kind;
    return made;
  };

  // Charts: drawn one after the other, so that the page can be used meanwhile.
  const specs = parsed("charts");
  const narrow = matchMedia("(max-width: 40rem)");
  let drawing = 0;

  const LEGEND_ENTRY = 190;

  const theme = (width) => {
    // Names, not values: the page changes them, on paper too.
    const colour = (name) => `var(--${name})`;
    const [ink, quiet, line] = ["ink", "quiet", "line"].map(colour);
    const series = [1, 2, 3, 4, 5, 6].map((at) => colour(`series-${at}`));
    const font = getComputedStyle(document.body).fontFamily;
    return {
      aria: false,
      background: "transparent",
      font,
      view: { stroke: null },
      axis: {
        labelColor: ink, titleColor: ink, gridColor: line, domainColor: quiet,
        tickColor: quiet, labelFontSize: 12, titleFontSize: 12,
        titleFontWeight: "normal", labelOverlap: true,
      },
      axisX: { titleAnchor: narrow.matches ? "end" : "middle" },
      legend: {
        labelColor: ink, labelFontSize: 12, symbolSize: 80,
        columns: Math.max(1, Math.floor(width / LEGEND_ENTRY)),
      },
      mark: { color: series[0] },
      point: { color: series[0], filled: true },
      rule: { color: series[0] },
      rect: { color: quiet },
      range: { category: series },
    };
  };

  const draw = async () => {
    const turn = ++drawing;
    for (const place of document.querySelectorAll("[data-chart]")) {
      await vegaEmbed(place, specs[place.dataset.chart], {
        actions: false, renderer: "svg", ast: true,
        config: theme(place.clientWidth),
        tooltip: { theme: "dark" },
      });
      await new Promise((resolve) => setTimeout(resolve));
      if (turn !== drawing) return;
    }
    document.documentElement.dataset.drawn = "true";
  };

  // Downloads: the file is made when it is asked for.
  const downloads = parsed("downloads");
  for (const link of document.querySelectorAll("a.download")) {
    link.addEventListener("click", () => {
      const name = link.hash.slice(1);
      if (!(name in downloads)) return;
      // With its mark, spreadsheets read UTF-8.
      link.href = URL.createObjectURL(
        new Blob(["\ufeff", downloads[name]], { type: "text/csv" }));
    });
  }

  // Domains
  const ROWS_A_PAGE = 50;
  const data = parsed("domain-data");
  const at = Object.fromEntries(data.columns.map(({ name }, i) => [name, i]));
  const search = document.getElementById("domain-search");
  const table = document.getElementById("domain-table");
  const before = document.getElementById("page-before");
  const after = document.getElementById("page-after");
  let sorted = { column: at.ai_mentions_all, isRising: false };
  let page = 0;

  const shown = (value) => {
    if (value === null) return "–";
    if (typeof value !== "number") return String(value);
    return value.toLocaleString("en", { maximumSignificantDigits:
      Number.isInteger(value) ? 21 : 4 });
  };

  const cell = (value) =>
    element("td", shown(value), typeof value === "number" ? "number" : "");

  const found = () => {
    const words = search.value.trim().toLowerCase();
    const chosen = data.rows.map((row, i) => i).filter((i) =>
      ["domain", "category"].some((name) =>
        (data.rows[i][at[name]] || "").toLowerCase().includes(words)));
    const { column, isRising } = sorted;
    const order = (a, b) => {
      const [one, two] = [data.rows[a][column], data.rows[b][column]];
      if (one === null || two === null) return (one === null) - (two === null);
      const less = typeof one === "number" ? one - two : one.localeCompare(two);
      return isRising ? less : -less;
    };
    return chosen.sort((a, b) => order(a, b) || a - b);
  };

  const fillHead = () => {
    const heads = data.columns.map(({ heading }, column) => {
      const head = element("th");
      head.scope = "col";
      const button = element("button", heading);
      button.type = "button";
      button.addEventListener("click", () => {
        const isText = typeof data.rows[0]?.[column] === "string";
        sorted = { column, isRising:
          sorted.column === column ? !sorted.isRising : isText };
        page = 0;
        fill();
      });
      head.append(button);
      return head;
    });
    table.tHead.rows[0].append(...heads);
  };

  const fill = () => {
    const indices = found();
    const pages = Math.max(1, Math.ceil(indices.length / ROWS_A_PAGE));
    page = Math.min(page, pages - 1);
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      const isSorted = column === sorted.column;
      head.ariaSort = !isSorted ? "none" :
        sorted.isRising ? "ascending" : "descending";
      head.dataset.sign = !isSorted ? "" : sorted.isRising ? " ▲" : " ▼";
    });
    const rows = indices
      .slice(page * ROWS_A_PAGE, (page + 1) * ROWS_A_PAGE)
      .map((index) => {
        const row = element("tr");
        const button = element("button", shown(data.rows[index][at.domain]));
        button.type = "button";
        button.addEventListener("click", () => showProfile(index));
        const first = element("td");
        first.append(button);
        row.append(first, ...data.rows[index].slice(1).map(cell));
        return row;
      });
    table.tBodies[0].replaceChildren(...rows);
    document.getElementById("domain-count").textContent =
      `${shown(indices.length)} of ${shown(data.rows.length)} domains`;
    document.getElementById("page-number").textContent =
      `Page ${page + 1} of ${pages}`;
    before.disabled = page === 0;
    after.disabled = page === pages - 1;
  };

  // A domain beside its decile
  const dialog = document.getElementById("profile");

  const showProfile = (index) => {
    const row = data.rows[index];
    const decile = row[at.authority_decile];
    const own = data.medians[decile];
    const standing = data.standing[index];
    const known = standing.filter((share) => share !== null);
    const lowest = known.length ? Math.min(...known) : null;
    document.getElementById("profile-title").textContent = row[at.domain];
    document.getElementById("profile-text").textContent = describe(
      row, decile, lowest, standing.indexOf(lowest));
    document.getElementById("profile-sources").textContent =
      data.sources[index];
    const headings = ["Quantity", "Domain", "Median of its decile",
      "Median of all domains", "Domains of the next decile below it"];
    const head = element("tr");
    head.append(...headings.map((text) => {
      const made = element("th", text);
      made.scope = "col";
      return made;
    }));
    dialog.querySelector("thead").replaceChildren(head);
    const lines = data.compared.map(({ name, heading }, i) => {
      const line = element("tr");
      if (lowest !== null && standing[i] === lowest) line.className = "furthest";
      const share = standing[i] ?? null;
      line.append(element("td", heading), cell(row[at[name]]),
        cell(own ? own[i] : null), cell(data.medians.all[i]),
        element("td", share === null ? "–" : `${Math.round(100 * share)} %`,
          "number"));
      return line;
    });
    dialog.querySelector("tbody").replaceChildren(...lines);
    dialog.showModal();
  };

  const describe = (row, decile, lowest, position) => {
    const mentions = `${shown(row[at.ai_mentions_all])} AI mentions`;
    if (decile === null) return `${mentions}; no authority score.`;
    const place = `${mentions}; authority score ` +
      `${shown(row[at.authority_score])}, decile ${decile} of 10.`;
    if (lowest === null) return `${place} No decile is higher.`;
    if (lowest >= 0.5) {
      return `${place} No signal is below the median of the next decile.`;
    }
    return `${place} Furthest below the next decile: ` +
      `${data.compared[position].heading} (above ` +
      `${Math.round(100 * lowest)} % of its domains).`;
  };

  search.addEventListener("input", () => { page = 0; fill(); });
  before.addEventListener("click", () => { page -= 1; fill(); });
  after.addEventListener("click", () => { page += 1; fill(); });

  fillHead();
  fill();
  draw();
  narrow.addEventListener("change", draw);
})();
