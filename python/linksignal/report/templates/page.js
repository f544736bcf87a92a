"use strict";
(async () => {
  // The data are JSON, compressed by gzip, in base64.
  const unpacked = (text) => {
    const bytes = Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
    return new Response(new Blob([bytes]).stream()
      .pipeThrough(new DecompressionStream("gzip"))).json();
  };
  const element = (name, text, kind) => {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    if (kind) made.className = kind;
    return made;
  };

  // Tables that are larger than their place say so.
  const tellSize = (box) => {
    const note = box.nextElementSibling;
    if (!note?.classList.contains("goes-on")) return;
    const rows = box.querySelectorAll("tbody tr").length;
    const told = [
      box.scrollWidth > box.clientWidth + 1 && "more columns to the right",
      box.scrollHeight > box.clientHeight + 1 && `${rows} rows in all`,
    ].filter(Boolean);
    note.hidden = !told.length;
    note.textContent = `Scroll: ${told.join(", ")}.`;
  };
  const sizes = new ResizeObserver((entries) =>
    entries.forEach(({ target }) =>
      tellSize(target.closest(".scroll") ?? target)));
  for (const box of document.querySelectorAll(".scroll")) {
    sizes.observe(box);
    sizes.observe(box.querySelector("table"));
  }

  if (!("DecompressionStream" in window)) {
    document.getElementById("unread").hidden = false;
    return;
  }
  const { charts: specs, downloads, domains: data } =
    await unpacked(document.getElementById("data").textContent);

  // Charts: drawn one after the other, so that the page can be used meanwhile.
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
      axisXDiscrete: { labelAngle: narrow.matches ? -60 : 0 },
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

  const isInSight = (place) => !place.closest("details:not([open])");

  const drawOne = (place) => vegaEmbed(place, specs[place.dataset.chart], {
    actions: false, renderer: "svg", ast: true,
    config: theme(place.clientWidth),
    tooltip: { theme: "dark" },
  });

  const draw = async (places) => {
    const turn = drawing;
    for (const place of places) {
      await drawOne(place);
      await new Promise((resolve) => setTimeout(resolve));
      if (turn !== drawing) return;
    }
    document.documentElement.dataset.drawn = "true";
  };

  // Views that the reader has not chosen come last.
  const places = [...document.querySelectorAll("[data-chart]")];
  const drawAll = () => {
    drawing += 1;
    const isAside = (place) => place.closest(".aside") !== null;
    return draw(places.filter(isInSight)
      .sort((a, b) => isAside(a) - isAside(b)));
  };

  for (const details of document.querySelectorAll("details.more")) {
    details.addEventListener("toggle", () => {
      if (details.open) draw([...details.querySelectorAll("[data-chart]")]);
    });
  }

  for (const choice of document.querySelectorAll(".choice input")) {
    choice.addEventListener("change", () => {
      const figure = choice.closest("figure");
      for (const view of figure.querySelectorAll(".view")) {
        const { chart } = view.querySelector("[data-chart]").dataset;
        view.classList.toggle("aside", chart !== choice.value);
      }
    });
  }

  // Downloads: the file is made when it is asked for.
  downloads.domains =
    data.csv_head + data.listed.map(({ csv }) => csv).join("");
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
  const rows = data.listed.map(({ row }) => row);
  const at = Object.fromEntries(data.columns.map(({ name }, i) => [name, i]));
  const search = document.getElementById("domain-search");
  const table = document.getElementById("domain-table");
  const before = document.getElementById("page-before");
  const after = document.getElementById("page-after");
  let sorted = { column: at.ai_mentions_all, isRising: false };
  let page = 0;

  const [whole, twoDigits] = [
    { maximumFractionDigits: 0 }, { maximumSignificantDigits: 2 },
  ].map((digits) => new Intl.NumberFormat("en", digits));

  const digits = (value) =>
    (Number.isInteger(value) || value >= 100 ? whole : twoDigits).format(value);

  const shown = (value, isShare) => {
    if (value === null) return "–";
    if (typeof value !== "number") return String(value);
    return isShare ? `${digits(100 * value)} %` : digits(value);
  };

  const cell = (value, column) => {
    const { is_share: isShare, is_main: isMain } = data.columns[column];
    const kinds = [typeof value === "number" && "n", !isMain && "extra"];
    return element("td", shown(value, isShare), kinds.filter(Boolean).join(" "));
  };

  const found = () => {
    const words = search.value.trim().toLowerCase();
    const chosen = rows.map((row, i) => i).filter((i) =>
      ["domain", "category"].some((name) =>
        (rows[i][at[name]] || "").toLowerCase().includes(words)));
    const { column, isRising } = sorted;
    const order = (a, b) => {
      const [one, two] = [rows[a][column], rows[b][column]];
      if (one === null || two === null) return (one === null) - (two === null);
      const less = typeof one === "number" ? one - two : one.localeCompare(two);
      return isRising ? less : -less;
    };
    return chosen.sort((a, b) => order(a, b) || a - b);
  };

  const fillHead = () => {
    const heads = data.columns.map(({ heading, is_main: isMain }, column) => {
      const head = element("th", undefined, isMain ? "" : "extra");
      head.scope = "col";
      const button = element("button", heading);
      button.type = "button";
      button.addEventListener("click", () => {
        const isText = typeof rows[0]?.[column] === "string";
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
    const lines = indices
      .slice(page * ROWS_A_PAGE, (page + 1) * ROWS_A_PAGE)
      .map((index) => {
        const row = element("tr");
        const button = element("button", shown(rows[index][at.domain]));
        button.type = "button";
        button.addEventListener("click", () => showProfile(index));
        const first = element("td");
        first.append(button);
        row.append(first, ...rows[index].slice(1)
          .map((value, i) => cell(value, i + 1)));
        return row;
      });
    table.tBodies[0].replaceChildren(...lines);
    document.getElementById("domain-count").textContent =
      `${shown(indices.length)} of ${shown(rows.length)} domains`;
    document.getElementById("page-number").textContent =
      `Page ${page + 1} of ${pages}`;
    before.disabled = page === 0;
    after.disabled = page === pages - 1;
  };

  // A domain beside its decile
  const dialog = document.getElementById("profile");

  const showProfile = (index) => {
    const row = rows[index];
    const decile = row[at.authority_decile];
    const own = data.medians[decile];
    const { standing, places: above, sources, outlook } = data.listed[index];
    const known = standing.filter((share) => share !== null);
    const lowest = known.length ? Math.min(...known) : null;
    document.getElementById("profile-title").textContent = row[at.domain];
    document.getElementById("profile-text").textContent = describe(
      row, decile, lowest, standing.indexOf(lowest));
    document.getElementById("profile-outlook").textContent = outlook;
    document.getElementById("profile-sources").textContent = sources;
    const lines = data.compared.map(({ name, heading, is_share: isShare }, i) => {
      const place = above[i];
      const line = element("li");
      if (lowest !== null && standing[i] === lowest) line.className = "furthest";
      const track = element("span", undefined, "track");
      const fill = element("span", undefined, "fill");
      fill.style.width = `${place ?? 0}%`;
      track.append(fill);
      const told = [
        place !== null && `above ${place} % of all domains`,
        `median of its decile ${shown(own ? own[i] : null, isShare)}`,
        `of all ${shown(data.medians.all[i], isShare)}`,
        (standing[i] ?? null) !== null && "above " +
          `${Math.round(100 * standing[i])} % of the next decile`,
      ].filter(Boolean);
      line.append(element("span", heading, "what"),
        element("span", shown(row[at[name]], isShare), "value"), track,
        element("span", told.join("; "), "told"));
      return line;
    });
    dialog.querySelector("ul").replaceChildren(...lines);
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

  // Your domain: what is usual for it, and the rows of the tables below on it.
  const MOST_FOUND = 5;
  const own = document.getElementById("outlook-search");

  const findOwn = () => {
    const words = own.value.trim().toLowerCase();
    const holds = (name) => name.toLowerCase().includes(words);
    for (const row of document.querySelectorAll("#outlook tbody tr")) {
      row.hidden = !holds(row.cells[0].textContent);
    }
    const chosen = words === "" ? [] :
      rows.map((row, i) => i).filter((i) => holds(shown(rows[i][at.domain])));
    const lines = chosen.slice(0, MOST_FOUND).map((index) => {
      const line = element("li");
      const button = element("button", shown(rows[index][at.domain]));
      button.type = "button";
      button.addEventListener("click", () => showProfile(index));
      line.append(button, `: ${data.listed[index].outlook}`);
      return line;
    });
    document.getElementById("outlook-found").replaceChildren(...lines);
    document.getElementById("outlook-count").textContent = words === "" ? "" :
      `${shown(chosen.length)} of ${shown(rows.length)} domains` +
      (chosen.length > MOST_FOUND ? `, the first ${MOST_FOUND} here` : "");
  };
  own?.addEventListener("input", findOwn);

  const columns = document.getElementById("domain-columns");
  columns.addEventListener("change", () => {
    table.classList.toggle("whole", columns.checked);
  });

  fillHead();
  fill();
  drawAll();
  narrow.addEventListener("change", drawAll);
})();
