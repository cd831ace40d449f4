// The theme starts this as its search worker on every page. It loads the engine and the index with the first query, and
// answers in the theme's own messages. The fragment of its address says which files to load, and the page's language.
const READY = 1, QUERY = 2, RESULT = 3; // 0, the theme's own index, is never sent

const given = new URLSearchParams(self.location.hash.slice(1));
const address = (part) => new URL(given.get(part), self.location.href);

let loading;
let newest;

async function load() {
  const [{ Search }, { stemmer }, index] = await Promise.all([
    import(address("engine")),
    import(address("stemmer")),
    fetch(address("index")).then((response) => response.json()),
  ]);
  return new Search(index, given.get("language"), stemmer);
}

async function answer(query) {
  if (!query.trim()) return [];
  loading ??= load();
  try {
    return (await loading).find(query);
  } catch (error) {
    loading = undefined; // the next key tries again
    throw error;
  }
}

self.onmessage = async ({ data: { type, data: query } }) => {
  if (type !== QUERY) return;
  newest = query;
  const items = await answer(query);
  if (query === newest) self.postMessage({ type: RESULT, data: { items } });
};
self.postMessage({ type: READY });
