// KaTeX's HTML with fewer elements, which a browser parses, styles and lays out sooner. It looks the same.
// A tree is what `katex.__renderToDomTree` returns; `style` is the text of KaTeX's style sheet, minified.

export function compactor(style) {
  const found = (pattern) => Array.from(style.matchAll(pattern), (match) => match.slice(1));
  const styled = new Set(found(/\.([a-z][\w-]*)/gi).flat());
  const layered = new Set(found(/\.([\w-]+)>span/g).flat()); // there are rules for `.vlist>span` and `.vlist>span>span`
  const sizes = new Map(found(/\.katex-sizing\.(reset-size\d+\.size\d+)\{font-size:([\d.]+)em/g));
  const [[nullDelimiter]] = found(/\.nulldelimiter\{[^}]*width:([\d.]+em)/g);

  const fontSize = ({ classes }) =>
    classes.includes("katex-sizing") ? sizes.get(classes.filter((name) => /^(reset-)?size/.test(name)).join(".")) : 1;

  function compacted(node, parent, grandparent) {
    if (!node.classes || node.classes.includes("katex-mathml")) return [node];
    const layer = node.classes.includes("msupsub") && onlyLayer(node);
    if (layer) return [script(layer)];
    if (![parent, grandparent].some((above) => above?.classes.some((name) => layered.has(name))))
      node.classes = node.classes.filter((name) => styled.has(name));
    node.children = node.children && withMargins(node.children.flatMap((child) => compacted(child, node, parent)));
    return saysNothing(node) ? node.children : [holdsASizedSymbol(node) ? joined(node) : node];
  }

  // KaTeX puts scripts in a table. One that stands alone needs none: it is moved to where the table would have had it.
  function script(layer) {
    const [strut, ...content] = layer.children;
    const { top, marginLeft, marginRight } = layer.style;
    const children = content.flatMap((child) => compacted(child));
    const alone = children.length === 1 && fontSize(children[0]) !== 1;
    const node = alone ? children[0] : Object.assign(layer, { children, style: {} });
    node.classes = [...node.classes, "gl-script"];
    node.style = { top: em((number(strut.style.height) + number(top)) / fontSize(node)), ...node.style };
    widen(node, "marginLeft", number(marginLeft));
    widen(node, "marginRight", number(marginRight));
    return node;
  }

  // A space is an element of its own in KaTeX; here, a margin of what stands before it, or else after it.
  function withMargins(nodes) {
    const kept = [];
    nodes.forEach((node, index) => {
      const [before, after] = [kept.at(-1), nodes[index + 1]];
      if (isSpace(node) && before && canWiden(before)) widen(before, "marginRight", width(node));
      else if (isSpace(node) && after && canWiden(after)) widen(after, "marginLeft", width(node));
      else kept.push(node);
    });
    return kept;
  }

  const isSpace = ({ classes, children, style }) =>
    children?.length === 0 &&
    ((classes.join() === "mspace" && Object.keys(style).join() === "marginRight") || classes.join() === "nulldelimiter");
  const width = ({ style }) => number(style.marginRight ?? nullDelimiter);
  const canWiden = ({ text, classes }) =>
    classes && (text !== undefined || classes.includes("mfrac") || classes.includes("gl-script"));

  function widen(node, side, width) {
    const italic = (side === "marginRight" && node.italic) || 0; // a symbol's margin already
    const margin = width / fontSize(node) + italic + number(node.style[side]);
    if (italic) node.italic = 0;
    if (margin) node.style[side] = em(margin);
    else delete node.style[side];
  }

  return (tree) => compacted(tree)[0];
}

const number = (length) => parseFloat(length ?? 0);
const em = (number) => `${+number.toFixed(4)}em`;

function onlyLayer({ children: [table] }) {
  const layers = table.children[0].children[0].children;
  return layers.length === 1 && layers[0];
}

// A span without looks only holds others. (A symbol without looks is text already.)
const saysNothing = ({ children, classes, style, attributes }) =>
  children && classes.length + Object.keys(style).length + Object.keys(attributes ?? {}).length === 0;

const holdsASizedSymbol = ({ children, classes, style }) =>
  classes.includes("katex-sizing") &&
  Object.keys(style).length === 0 &&
  children?.length === 1 &&
  children[0].text !== undefined &&
  !children[0].classes.includes("katex-sizing");

const joined = ({ classes, children: [symbol] }) =>
  Object.assign(symbol, { classes: [...classes, ...symbol.classes] });
