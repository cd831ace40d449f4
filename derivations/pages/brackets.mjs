// A formula on its own line may go on in another, after any sign: KaTeX makes a piece of what stands between two of them.
// Here pieces are joined again where that would part brackets which hold little, as (1 − σ).

const LITTLE = 20; // letters in such brackets
const WIDE = 30; // letters that a phone has room for

export function withWholeBrackets(tree) {
  if (tree.classes.includes("katex-display")) {
    const html = tree.children[0].children.find(({ classes }) => classes?.includes("katex-html"));
    const whole = (children) => Object.assign(new html.constructor([], children), { style: { whiteSpace: "nowrap" } });
    html.children = joined(measured(html.children), LITTLE, whole);
  }
  return tree;
}

// The nodes, joined where the brackets between two hold no more than `little`; less is joined of what would be too wide.
function joined(pieces, little, whole) {
  const runs = [];
  pieces.forEach((piece, place) => {
    if (place > 0 && pieces[place - 1].parted.letters <= little) runs.at(-1).push(piece);
    else runs.push([piece]);
  });
  return runs.flatMap((run) => {
    if (run.length === 1) return [run[0].node];
    const letters = run.reduce((sum, piece) => sum + piece.letters, 0);
    return letters > WIDE ? joined(run, little / 2, whole) : [whole(run.map(({ node }) => node))];
  });
}

// Each piece with its letters, and with the innermost brackets that are open at its end; outside of all are many letters.
function measured(nodes) {
  const open = [{ letters: Infinity }];
  let letters;
  const close = () => {
    if (open.length === 1) return;
    const inner = open.pop();
    open.at(-1).letters += inner.letters;
  };
  const read = ({ text, classes = [], children = [] }) => {
    const brackets = [...(text ?? "|")]; // KaTeX writes two that follow each other as one symbol; a tall one is none
    if (classes.includes("mopen")) open.push(...brackets.map(() => ({ letters: 0 })));
    else if (classes.includes("mclose")) brackets.forEach(close);
    else if (text === undefined) children.forEach(read);
    else {
      open.at(-1).letters += text.length;
      letters += text.length;
    }
  };
  const pieces = nodes.map((node) => {
    letters = 0;
    read(node);
    return { node, letters, parted: open.at(-1) };
  });
  for (const unclosed of open) unclosed.letters = Infinity;
  return pieces;
}
