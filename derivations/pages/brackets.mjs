// A formula on its own line may go on in another, after any sign: KaTeX makes a piece of what stands between two of them.
// Here pieces are joined again where that would part brackets which hold little, as (1 − σ).

const LITTLE = 20; // letters

export function withWholeBrackets(tree) {
  if (tree.classes.includes("katex-display")) {
    const html = tree.children[0].children.find(({ classes }) => classes?.includes("katex-html"));
    html.children = joined(html.children, html);
  }
  return tree;
}

function joined(pieces, html) {
  const parted = partedBrackets(pieces);
  const runs = [];
  pieces.forEach((piece, place) => {
    if (parted[place - 1] <= LITTLE) runs.at(-1).push(piece);
    else runs.push([piece]);
  });
  return runs.map((run) => (run.length === 1 ? run[0] : whole(run, html)));
}

const whole = (children, { constructor }) =>
  Object.assign(new constructor([], children), { style: { whiteSpace: "nowrap" } });

// For the end of each piece, how many letters stand in the innermost brackets that are open there; infinitely many in none.
function partedBrackets(pieces) {
  const open = [{ letters: Infinity }];
  const ends = [];
  const close = () => {
    if (open.length === 1) return;
    const { letters } = open.pop();
    open.at(-1).letters += letters;
  };
  const read = ({ text, classes = [], children = [] }) => {
    const brackets = [...(text ?? "|")]; // KaTeX writes two that follow each other as one symbol; a tall one is none
    if (classes.includes("mopen")) open.push(...brackets.map(() => ({ letters: 0 })));
    else if (classes.includes("mclose")) brackets.forEach(close);
    else if (text === undefined) children.forEach(read);
    else open.at(-1).letters += text.length;
  };
  for (const piece of pieces) {
    read(piece);
    ends.push(open.at(-1));
  }
  for (const unclosed of open) unclosed.letters = Infinity;
  return ends.map(({ letters }) => letters);
}
