// Finds sections of the site's pages. Every query looks through every section: for a site of this size that takes
// milliseconds, and Chinese needs no dictionary.
//
// A term is a run of Chinese characters, found anywhere as it stands, or a word of another script, which finds itself,
// words of the same stem and longer words that begin with it. Identifiers are also words by part: "smoothing" finds
// `label_smoothing`, "entropy" finds `CrossEntropyLoss`. A term that occurs nowhere is taken apart.
//
// A section answers when it holds every term, though some may stand in the headings it is under only. When none does,
// those that hold any answer. The reader's language comes first; then titles count more than text, and rare terms more
// than common ones.

const HAN = /\p{Script=Han}/u;
const WORD = /\d+(?:\.\d+)+|\p{Script=Han}+|(?:(?!\p{Script=Han})[\p{L}\p{M}\p{N}_])+/gu;
const PART = /\p{Lu}+(?!\p{Ll})|\p{Lu}?\p{Ll}+|\p{N}+|[\p{L}\p{M}]+/gu;

// Words of a question that say nothing about its answer.
const SMALL = new Set(
  (
    "a an and are as at be by can do does for from how i in is it of on or that the this to was what when which why with"
  ).split(" "),
);
const SMALL_HAN = /为什么|是什么|什么|怎么样?|怎样|如何|[的了吗呢]/;

const EXACT = 1, SAME_STEM = 0.8, BEGINNING = 0.6;
const PAGE_TITLE = 10, WEIGHTS = { title: 6, text: 2, code: 1 };
const COMPLETE = 4; // letters from which a word that is not being typed may be the beginning of another
const OWN_LANGUAGE = 1000; // more than everything else together
const EXCERPT = { han: 80, other: 160 }; // characters
const NAMES = 5; // at most so many identifiers are shown

export class Search {
  // `index`: for each language its name and its sections. `stem`: from a word in lower case to its stem.
  constructor(index, language, stem) {
    this.stem = (word) => (/^[a-z]+$/.test(word) ? stem(word) : word);
    this.vocabulary = new Map(); // from each word as it is written to what finds it: itself, and its parts
    this.sections = Object.entries(index).flatMap(([lang, { name, sections }]) => {
      let page;
      return sections.map(({ location, title, within = "", text, code = "" }) => {
        const section = { location, foreign: lang !== language && { lang, name } };
        for (const [part, written] of Object.entries({ title, within, text, code })) section[part] = this.read(written);
        section.page = page = location.includes("#") ? page : section;
        return section;
      });
    });
    this.everything = this.sections.map(({ title, text }) => `${title.text}\n${text.text}`).join("\n");
  }

  // The sections that answer a query, best first, in one list for each page.
  find(query) {
    const terms = this.terms(query);
    const found = this.sections.map((section) => weigh(section, terms)).filter(isFound);
    const complete = found.filter(({ held }) => held.every(Boolean));
    const answers = complete.length ? complete : found;

    const rarity = terms.map((_, i) => {
      const holding = found.filter(({ weights }) => weights[i]).length;
      return Math.log(1 + this.sections.length / (1 + holding));
    });
    for (const answer of answers) {
      const merit = sum(answer.weights.map((weight, i) => weight * rarity[i]));
      const part = answer.held.filter(Boolean).length / terms.length;
      answer.score = part * merit + (answer.section.foreign ? 0 : OWN_LANGUAGE);
    }

    const pages = new Map();
    for (const answer of answers.sort((a, b) => b.score - a.score)) {
      const { page } = answer.section;
      pages.set(page, [...(pages.get(page) ?? []), item(answer, terms)]);
    }
    for (const [page, items] of pages) {
      // The theme shows sections below their page, whether that answers or not.
      if (!items.some(({ location }) => location === page.location)) items.push(item(weigh(page, []), []));
    }
    return [...pages.values()];
  }

  // A text with its words. Those never seen before enter the vocabulary.
  read(text) {
    const words = Array.from(text.matchAll(WORD), ({ 0: word, index: at }) => ({ word, at }));
    for (const { word } of words) {
      if (this.vocabulary.has(word) || HAN.test(word)) continue;
      const forms = [{ 0: word, index: 0 }, ...word.matchAll(PART)].map(({ 0: form, index: from }) => {
        const lower = form.toLowerCase();
        return { lower, stem: this.stem(lower), from, to: from + form.length };
      });
      this.vocabulary.set(word, forms);
    }
    return { text, words };
  }

  terms(query) {
    const words = [...new Set(query.normalize("NFKC").match(WORD))];
    const telling = words.filter((word) => !SMALL.has(word.toLowerCase()));
    return (telling.length ? telling : words).flatMap((word) => {
      const term = this.term(word, word === words.at(-1));
      return term.occurs ? term : apart(word, this.everything).map((part) => this.term(part, true));
    });
  }

  // `typing`: whether the reader may not have finished the word.
  term(word, typing) {
    if (HAN.test(word)) return { text: word, occurs: this.everything.includes(word) };
    const text = word.toLowerCase();
    const stem = this.stem(text);
    const beginning = text.length >= (typing ? 2 : COMPLETE);
    const matches = new Map(); // from a word of the vocabulary to where and how closely the term matches it
    for (const [known, forms] of this.vocabulary) {
      let closest = { closeness: 0 };
      for (const { lower, stem: its, from, to } of forms) {
        const begins = beginning && lower.startsWith(text) ? BEGINNING : 0;
        const closeness = lower === text ? EXACT : its === stem ? SAME_STEM : begins;
        const end = closeness === begins ? from + text.length : to;
        if (closeness > closest.closeness) closest = { closeness, from, to: end };
      }
      if (closest.closeness) matches.set(known, closest);
    }
    return { text, matches, occurs: matches.size > 0 };
  }
}

// What a term that occurs nowhere may mean: an identifier, its parts; Chinese, its longest pieces that do occur, and
// what is left between them. A single character says nothing: 误均 does not find 均方误差.
function apart(word, everything) {
  if (!HAN.test(word)) return word.match(PART) ?? [word];
  const pieces = word.split(SMALL_HAN).flatMap((run) => {
    let taken = "";
    for (let from = 0, to; from < run.length; from = to) {
      to = from + 1;
      while (to < run.length && everything.includes(run.slice(from, to + 1))) to++;
      taken += to - from > 1 ? ` ${run.slice(from, to)} ` : run[from];
    }
    return taken.split(" ").filter((piece) => piece.length > 1);
  });
  return pieces.length ? pieces : [word];
}

// The code of a page in the other language is also the code of the page in the reader's: it is no reason to show both.
function isFound({ section, marks, weights }) {
  return section.foreign ? marks.title.length + marks.text.length > 0 : weights.some(Boolean);
}

// Where a section holds the terms, how much it holds of each, and which of them it or a heading above it holds.
function weigh(section, terms) {
  const marks = { title: [], text: [], code: [] };
  const weights = terms.map((term) => {
    const parts = Object.keys(marks).map((part) => {
      const places = occurrences(term, section[part]);
      marks[part].push(...places);
      const often = Math.log2(1 + sum(places.map(({ closeness }) => closeness)));
      if (part !== "title") return WEIGHTS[part] * often;
      const share = sum(places.map(({ from, to }) => to - from)) / (section.title.text.length || 1);
      return (section === section.page ? PAGE_TITLE : WEIGHTS.title) * often * (0.5 + 0.5 * share);
    });
    return sum(parts);
  });
  const above = [section.page.title, section.within];
  const held = terms.map((term, i) => weights[i] > 0 || above.some((title) => occurrences(term, title).length > 0));
  return { section, marks, weights, held, score: 0 };
}

function occurrences(term, { text, words }) {
  const places = [];
  if (term.matches) {
    for (const { word, at } of words) {
      const match = term.matches.get(word);
      if (match) places.push({ ...match, term, word, at, from: at + match.from, to: at + match.to });
    }
  } else {
    const { length } = term.text;
    for (let from = text.indexOf(term.text); from >= 0; from = text.indexOf(term.text, from + length))
      places.push({ closeness: EXACT, term, from, to: from + length });
  }
  return places;
}

// A section as the theme's script takes it: title and text are HTML, and the terms that are missing are named.
function item({ section, marks, held, score }, terms) {
  const { location, title, within, text, page, foreign } = section;
  const inText = new Set(marks.text.map(({ term }) => term));
  const inCode = marks.code.filter(({ term }) => !inText.has(term));
  const shown = [excerpt(text.text, marks.text), ...identifiers(section.code.text, inCode)].join(" ").trim();
  const path = within.text && `<small>${escaped(within.text)} ›</small> `;
  const result = { location, title: path + marked(title.text, marks.title), text: shown, score };
  if (foreign) {
    result.title = `<span lang="${foreign.lang}">${result.title}</span>`;
    result.text = shown && `<span lang="${foreign.lang}">${shown}</span>`;
    if (section === page) result.title += ` <small class="gl-language" lang="${foreign.lang}">${foreign.name}</small>`;
  }
  return { ...result, terms: Object.fromEntries(terms.map((term, i) => [term.text, held[i]])) };
}

// The stretch of a text in which most of the terms stand, not cut within a word.
function excerpt(text, places) {
  const length = HAN.test(text) ? EXCERPT.han : EXCERPT.other;
  const lead = length / 4;
  const near = (place) => places.filter(({ from, to }) => from >= place.from && to <= place.from + length - lead);
  const terms = places.map((place) => new Set(near(place).map(({ term }) => term)).size);
  const first = places[terms.indexOf(Math.max(...terms))]?.from ?? 0;

  let from = 0, to = text.length;
  if (to > length && first > lead) {
    from = first - lead;
    from += text.slice(from, first + 1).search(/[\s，。；：！？]\S/) + 1;
  }
  if (to > from + length) {
    to = from + length;
    if (/[^\s，。；：！？]/.test(text[to])) to -= text.slice(from, to).match(/[\w.()]*$/)[0].length;
  }
  return `${from > 0 ? "…" : ""}${marked(text, places, from, to).trim()}${to < text.length ? "…" : ""}`;
}

function identifiers(text, places) {
  const names = new Map(places.map(({ word, at }) => [word, at]));
  return [...names].slice(0, NAMES).map(([word, at]) => `<code>${marked(text, places, at, at + word.length)}</code>`);
}

function marked(text, places, from = 0, to = text.length) {
  let html = "";
  for (const place of [...places].sort((a, b) => a.from - b.from || b.to - a.to)) {
    if (place.from < from || place.to > to) continue;
    html += `${escaped(text.slice(from, place.from))}<mark>${escaped(text.slice(place.from, place.to))}</mark>`;
    from = place.to;
  }
  return html + escaped(text.slice(from, to));
}

function escaped(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}
