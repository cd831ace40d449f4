"""The ledger's pages show what the manifest says: every entry once in each language, and no other number."""

import copy
import functools
import inspect
import json
import re

import pytest
import torch
import torch.nn.functional as F
from bs4 import BeautifulSoup
from torch import nn

import derivations as dv
from derivations import ledger
from derivations.losses.registry import registered
from derivations.pages.accounts import defaults
from derivations.pages.atlas import criteria
from derivations.pages.languages import EN
from derivations.pages.ledger_pages import ledger_figures, ledger_pages

PREFIXES = {"zh": "", "en": "en/"}
#: Links that others may have: they stay.
LINKS = {
    "MSELoss": "mse",
    "mse_loss": "mse",
    "CrossEntropyLoss": "cross_entropy",
    "NLLLoss": "nll",
    "BCEWithLogitsLoss": "bce",
}
#: The class and the page of everything that has accounts.
PAGES = {entry.criterion: next(each for each in criteria() if each.kind is entry.of.loss) for entry in ledger.entries()}
FILES = {criterion: page.file for criterion, page in PAGES.items()}


def test_links_stay():
    assert FILES.items() >= LINKS.items()


@pytest.fixture(scope="module")
def manifest(built):
    return json.loads((built / "ledger.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module", params=PREFIXES)
def language(request):
    return request.param


@pytest.fixture(scope="module")
def opened(built, read, language):
    """One of the ledger's pages, by its file."""
    return lambda file: read(built / PREFIXES[language] / "ledger" / ("" if file == "index" else file) / "index.html")


@pytest.fixture(scope="module")
def account(opened):
    """Where a page shows an entry of the manifest."""
    found = {(file, each["id"]): each for file in FILES.values() for each in opened(file).select(".gl-account")}
    return lambda entry: found[FILES[entry["criterion"]], anchor(entry)]


def anchor(entry):
    """The link of an entry: its reduction, and the options that are not left out, with a value where that is needed."""
    kind, names = PAGES[entry["criterion"]].kind, [entry["options"]["reduction"]]
    names += ["probabilities"] * (entry["targets"] == "probabilities")
    for name, default in defaults(kind).items():
        value = entry["options"].get(name, default)
        if name != "reduction" and value != default:
            names += [f"{name}-{value}" if value is False or (kind, name) in VARIED else name]
    return "-".join(names)


def varied():
    """The options of which there are accounts with more values than the default and another."""
    found = {}
    for entry in ledger.entries():
        for name, value in entry.options.items():
            found.setdefault((entry.of.loss, name), set()).add(value)
    return {each for each, values in found.items() if each[1] != "reduction" and len(values) > 2}


VARIED = varied()
WORDS = {
    "zh": {"agrees": "一致", "disagrees": "不一致", "cannot tell": "看不出对错"},
    "en": {"agrees": "agrees", "disagrees": "disagrees", "cannot tell": "cannot tell"},
}
MARKS = {"agrees": "✓", "disagrees": "✗", "cannot tell": "?"}
CLASSES = {"agrees": "gl-ok", "disagrees": "gl-bad", "cannot tell": "gl-unsure"}


def texts(elements):
    return [element.get_text().strip() for element in elements]


def latex(element):
    return [each.get_text().removeprefix(r"\displaystyle ") for each in element.select("annotation")]


def numbers(text):
    return [float(each.replace(",", "")) for each in re.findall(r"\d[\d,]*\.?\d*", text)]


def rows_of(entries):
    return [row for entry in entries for run in entry["runs"] for row in run["rows"]]


def total(rows, field):
    return sum(row[field] for row in rows)


def percent(rows):
    return round(100 * max(row["part"] for row in rows))


def test_every_entry_has_one_link_that_can_be_seen(manifest, opened):
    for file in set(FILES.values()):
        shown = opened(file).select(".gl-account")
        entries = [entry for entry in manifest["entries"] if FILES[entry["criterion"]] == file]
        assert sorted(each["id"] for each in shown) == sorted(map(anchor, entries))
        assert [each.select_one(".gl-call a")["href"] for each in shown] == [f"#{each['id']}" for each in shown]
        ids = [each["id"] for each in opened(file).select("[id]")]
        assert len(set(ids)) == len(ids)


def test_formulas_are_those_of_the_manifest(manifest, account):
    for entry in manifest["entries"]:
        shown = account(entry)
        of_logits = entry["latex"].get("logits", entry["latex"]["outputs"])
        of_outputs = [entry["latex"]["outputs"]["matrix"]] if "logits" in entry["latex"] else []
        expected = [of_logits["index"], of_logits["matrix"], *of_outputs]
        assert latex(shown.select_one(".gl-formulas")) == [each for each in expected if each is not None]


def test_a_card_defines_the_loss(manifest, opened, account):
    """With torch's own reduction, `mean`; what all cards share stands above them."""
    above = {file: set(latex(opened(file).select_one(".gl-symbols"))) for file in FILES.values()}
    for entry in manifest["entries"]:
        if entry["options"]["reduction"] == "mean":
            in_card = latex(account(entry).parent.select_one(".gl-defined"))
            defined = entry["definitions"].values()
            assert set(in_card) | above[FILES[entry["criterion"]]] >= set(defined)
            assert entry["definitions"]["L"] in in_card
            assert set(in_card) <= set(defined)


def test_what_all_entries_share_is_said_once(manifest, opened):
    for file in set(FILES.values()):
        shown = latex(opened(file))
        assert [shown.count(manifest["shared"][wrt]) for wrt in ("weight", "bias", "inputs")] == [1, 1, 1]
        assert shown.count(manifest["shared"]["cross_entropy"]) == (file == "cross_entropy")


def test_the_code_is_that_of_the_manifest(manifest, account):
    for entry in manifest["entries"]:
        (code,) = account(entry).select("pre > code")
        assert code.get_text() == entry["code"].rstrip() + "\n"


def test_the_verdict_adds_up(manifest, account):
    for entry in manifest["entries"]:
        rows = rows_of([entry])
        verdict = [total(rows, "entries"), total(rows, "sharp"), percent(rows)]
        assert numbers(account(entry).summary.get_text()) == verdict


def test_every_run_is_recorded(manifest, account, language):
    for entry in manifest["entries"]:
        table = account(entry).select_one(".gl-runs").select("tbody tr")
        for run, line in zip(entry["runs"], table, strict=True):
            cells = texts(line.select("td"))
            sizes, dtype, verdict, counts, part, wrt, exact, condition, seed = cells
            most = max(run["rows"], key=lambda row: row["part"])
            conditions = [row["condition"] for row in run["rows"] if row["condition"] is not None]
            assert [sizes, dtype, seed] == [", ".join(map(str, run["sizes"])), run["dtype"], str(run["seed"])]
            assert numbers(counts) == [total(run["rows"], "sharp"), total(run["rows"], "entries")]
            assert (part, wrt) == (f"{100 * most['part']:.0f}%", most["wrt"])
            assert condition == "–" if not conditions else float(condition) == max(conditions)
            assert exact == "–" if run["exact"] is None else float(exact) == max(run["exact"].values())
            assert verdict == f"{MARKS[run['verdict']]} {WORDS[language][run['verdict']]}"
            assert [each["class"] for each in line.select("span")] == [[CLASSES[run["verdict"]]]]


def test_notes_are_in_the_page_s_language(manifest, account, language):
    said = 0
    for entry in manifest["entries"]:
        notes = [note[language] for run in entry["runs"] for note in run["notes"]]
        shown = texts(account(entry).select("details .gl-legend"))
        assert len(shown) == len(notes)
        assert all(text.endswith(note) for text, note in zip(shown, notes, strict=True))
        said += len(notes)
    assert said


def test_the_figures_of_the_home_page(manifest, built, read, language):
    entries, rows = manifest["entries"], rows_of(manifest["entries"])
    gradients, compared, deviation, certificates = read(built / PREFIXES[language] / "index.html").select(
        ".gl-stats > *"
    )
    assert numbers(gradients.b.get_text()) == [
        len({(entry["loss"], wrt) for entry in entries for wrt in entry["latex"]})
    ]
    assert numbers(compared.get_text()) == [total(rows, "sharp"), total(rows, "wrong")]
    assert numbers(deviation.b.get_text()) == [percent(rows)]
    runs = [run["verdict"] for entry in entries for run in entry["runs"]]
    assert numbers(certificates.get_text()) == [len(runs), runs.count("cannot tell")]
    assert 0 < runs.count("cannot tell") < len(runs)
    assert {each["href"].rstrip("/") for each in (gradients, compared, deviation, certificates)} == {"ledger"}


def test_the_home_page_counts_what_disagrees(small):
    wrong = spoiled(small, small["entries"][0]["criterion"], wrong=3)
    shown = BeautifulSoup(ledger_figures(wrong, EN, "ledger/"), "lxml").select(".gl-stats > *")
    assert numbers(shown[1].span.get_text()) == [3]
    formulas = {(entry["loss"], wrt) for entry in small["entries"] for wrt in entry["latex"]}
    assert numbers(shown[0].b.get_text()) == [len(formulas)]


def test_the_figures_of_the_index(manifest, opened):
    index, entries, rows = opened("index"), manifest["entries"], rows_of(manifest["entries"])
    criteria, combinations, compared, deviation = index.select(".gl-stats > div")
    assert numbers(criteria.b.get_text()) == [len({FILES[entry["criterion"]] for entry in entries})]
    assert numbers(combinations.b.get_text()) == [len(entries)]
    assert numbers(compared.get_text()) == [total(rows, "sharp"), total(rows, "wrong")]
    assert numbers(deviation.get_text()) == [percent(rows)]
    runs = {len(entry["runs"]) for entry in entries}
    assert set(numbers(index.article.find("p").get_text())) == runs

    tables = index.select("article table:not(.gl-atlas)")
    by_criterion, by_dtype = (table.select("tbody tr") for table in tables)
    files = [line.a["href"].rstrip("/") for line in by_criterion]
    assert sorted(files) == sorted({FILES[entry["criterion"]] for entry in entries})
    for file, line in zip(files, by_criterion, strict=True):
        own = [entry for entry in entries if FILES[entry["criterion"]] == file]
        assert texts(line.select("code")) == list(dict.fromkeys(entry["criterion"] for entry in own))
        cells = [numbers(cell.get_text()) for cell in line.select("td")]
        assert cells == [[len(own)], [total(rows_of(own), "sharp")], [percent(rows_of(own))]]
    dtypes = list(dict.fromkeys(run["dtype"] for entry in entries for run in entry["runs"]))
    for dtype, line in zip(dtypes, by_dtype, strict=True):
        verdicts = [run["verdict"] for entry in entries for run in entry["runs"] if run["dtype"] == dtype]
        own = [row for entry in entries for run in entry["runs"] if run["dtype"] == dtype for row in run["rows"]]
        assert line.code.get_text() == dtype
        cells = [numbers(cell.get_text()) for cell in line.select("td")]
        assert cells == [
            [verdicts.count("agrees")],
            [verdicts.count("cannot tell")],
            *([total(own, field)] for field in ("entries", "sharp", "wrong")),
            [percent(own)],
        ]


def test_versions_are_those_of_the_manifest(manifest, opened):
    for file in ("index", *FILES.values()):
        text = opened(file).article.get_text()
        assert all(version in text for version in manifest["versions"].values())


@pytest.mark.filterwarnings("ignore:reduction. 'mean' divides")  # torch on KLDivLoss, whose mean will be another
def test_the_call_is_the_criterion(manifest, account):
    """What a reader copies, evaluated, is what was certified: the same loss on the same data."""
    generator = torch.Generator().manual_seed(0)
    written = {name: getattr(dv.nn, name) for name in dir(dv.nn)}
    for entry, certified in zip(manifest["entries"], ledger.entries(), strict=True):
        criterion = certified.make(6, 4, torch.float32, generator)
        given = criterion.keywords if isinstance(criterion, functools.partial) else vars(criterion) | criterion._buffers
        tensors = {each.letter: given.get(each.name) for each in certified.of.loss.declared if each.is_tensor}
        Z, operands = dv.explain(None, criterion, targets=entry["targets"]).setup.random_data(6, generator, columns=4)
        Z, operands = Z.abs(), operands if isinstance(operands, tuple) else (operands,)  # rates are positive
        call = account(entry).select_one(".gl-call code").get_text()
        made = eval(call, {"nn": nn, "F": F, **written, **tensors, "Z": Z, "Y": operands[0]})
        if isinstance(made, nn.Module):
            assert type(made).__name__ == entry["criterion"]
            made = made(Z, *operands)
        assert made.isfinite().all()
        assert torch.equal(made, criterion(Z, *operands)), call


def test_the_defaults_left_out_are_torch_s():
    of_torch = [(kind, getattr(nn, kind.torch_name)) for kind in registered() if hasattr(nn, kind.torch_name)]
    assert {kind.torch_name for kind, _ in of_torch} >= LINKS.keys() - {"mse_loss"}
    functions = [(kind, F.mse_loss) for kind, _ in of_torch if kind.torch_name == "MSELoss"]
    for kind, criterion in (*of_torch, *functions):
        parameters = inspect.signature(criterion).parameters
        known = defaults(kind).keys() & parameters.keys()
        assert known >= {"reduction"}
        assert {name: parameters[name].default for name in known} == {name: defaults(kind)[name] for name in known}


def test_the_filter_knows_every_entry(manifest, opened):
    """Every choice keeps some entries and hides others, and one choice of each tells entries apart."""
    for file in set(FILES.values()):
        shown = opened(file).select(".gl-account")
        selects = opened(file).select(".gl-filter select")
        kinds = [tuple(each[f"data-{select['name']}"] for select in selects) for each in shown]
        assert len(set(kinds)) == len(kinds)
        for place, select in enumerate(selects):
            choices = [option["value"] for option in select.select("option")]
            assert choices[0] == ""
            assert sorted(choices[1:]) == sorted({kind[place] for kind in kinds})


def test_search_finds_calls_and_options_but_no_figures(built):
    (index,) = (json.loads(path.read_text(encoding="utf-8")) for path in (built / "search").glob("index.*.json"))
    sections = [each for language in index.values() for each in language["sections"]]
    text = " ".join(each["title"] + each["text"] for each in sections if "ledger/cross_entropy" in each["location"])
    assert "nn.CrossEntropyLoss(weight=w, ignore_index=1" in text
    assert not re.search(r"def gradients|bfloat16|of its bound|占误差界|\\frac", text)


@pytest.fixture(scope="module")
def small():
    """A manifest with an entry for each page, made here, so that it may be spoiled."""
    every = ledger.entries()
    which = [next(each for each in every if each.criterion == name) for name in LINKS]
    return ledger.manifest(which, (torch.float32,))


def spoiled(small, criterion, **row):
    """The manifest with other figures in the last tensor of the last run of a criterion."""
    manifest = copy.deepcopy(small)
    entry = next(each for each in manifest["entries"] if each["criterion"] == criterion)
    entry["runs"][-1]["rows"][-1].update(row)
    return manifest


def opened_here(manifest, prefix, file):
    return BeautifulSoup(ledger_pages(manifest, "ledger.json")[f"{prefix}ledger/{file}.md"], "html.parser")


@pytest.mark.parametrize("language", PREFIXES)
@pytest.mark.parametrize("criterion", LINKS)
@pytest.mark.parametrize("verdict", ["disagrees", "cannot tell"])
def test_an_account_that_does_not_agree_says_so(small, language, criterion, verdict):
    """And no other account of the page does; what cannot be told has no tick, and no cross either."""
    prefix, manifest = PREFIXES[language], spoiled(small, criterion, wrong=3)
    entry = next(each for each in manifest["entries"] if each["criterion"] == criterion)
    entry["verdict"] = entry["runs"][-1]["verdict"] = verdict
    for given, said in ((small, "agrees"), (manifest, verdict)):
        shown = opened_here(given, prefix, FILES[criterion]).select(".gl-account")
        accounts = [
            each for each in shown if f".{criterion}(" in each.select_one(".gl-call").get_text().replace("\n", "")
        ]
        assert accounts
        for each in accounts:
            (mark,) = each.summary.select(".gl-ok, .gl-bad, .gl-unsure")
            assert mark["class"] == [CLASSES[said]]
            assert mark.get_text() == f"{MARKS[said]} {WORDS[language][said]}"
            assert each.select(".gl-runs tbody tr")[-1].span["class"] == [CLASSES[said]]
        assert len([each for each in shown if each.summary.select(".gl-bad, .gl-unsure")]) == (said != "agrees")
    index = opened_here(manifest, prefix, "index")
    assert numbers(index.select(".gl-stats > div")[2].get_text())[1] == 3
    assert numbers(index.select("table")[-1].select("td")[4].get_text()) == [3]
    (example,) = index.select(".gl-verdict")
    assert bool(example.select(f".{CLASSES[verdict]}")) == (criterion == "CrossEntropyLoss")


@pytest.mark.parametrize(("field", "value"), [("part", 0.77), ("sharp", 10**6), ("entries", 10**6)])
def test_figures_come_from_every_tensor_of_every_run(small, field, value):
    """Also from the last one, of which nothing else is worst."""
    manifest = spoiled(small, "BCEWithLogitsLoss", **{field: value})
    shown = opened_here(manifest, "en/", "index")
    told = " ".join(each.get_text() for each in shown.select(".gl-stats, table"))
    assert {"part": "77%", "sharp": "1,000,", "entries": "1,000,"}[field] in told
    account = opened_here(manifest, "en/", "bce").select_one(".gl-account")
    of_runs = account.select(".gl-runs tbody tr")[-1].get_text()
    assert {"part": "77%", "sharp": "1000", "entries": "1000"}[field] in of_runs


def test_a_criterion_without_a_page_is_not_lost(manifest):
    entry = {**manifest["entries"][0], "criterion": "CTCLoss"}
    with pytest.raises(ValueError, match="accounts of CTCLoss, but no module of derivations/losses registers it"):
        ledger_pages({**manifest, "entries": [*manifest["entries"], entry]}, "ledger.json")
