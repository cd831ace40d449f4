"""Wrong use exits with 2 and one sentence, in the reader's language: what was given, what is accepted, what to do."""

import pytest

from derivations.cli import main
from derivations.cli.subjects import subjects
from derivations.cli.table import COMMON, every_command

COMMANDS = every_command()

FLAGS = {each.flag for command in COMMANDS.values() for each in (*command.options, *COMMON)}
NAMES = ", ".join(subjects())
SUBJECTS_ZH = NAMES.replace(", ", "、")
WRONG = [
    (
        [],
        "没有给出命令。可用：list、show、certify、ledger、check、audit。帮助：derivations --help",
        "no command was given. Accepted: list, show, certify, ledger, check, audit. Help: derivations --help",
    ),
    (["shwo"], "“shwo”不是命令。是不是想写 show？", "'shwo' is not a command. Did you mean show?"),
    (
        ["frobnicate"],
        "“frobnicate”不是命令。可用：list、show、certify、ledger、check、audit。",
        "'frobnicate' is not a command. Accepted: list, show, certify, ledger, check, audit.",
    ),
    (["mse"], "“mse”不是命令。是不是想写 show mse？", "'mse' is not a command. Did you mean show mse?"),
    ([""], "“”不是命令。可用：", "'' is not a command. Accepted: "),
    (["show"], f"show 后面要写名字。可用：{SUBJECTS_ZH}。", f"show needs a name. Accepted: {NAMES}."),
    (
        ["show", "perplexity"],
        f"“perplexity”不是能推导的对象。可用：{SUBJECTS_ZH}。",
        f"'perplexity' is not something that can be shown. Accepted: {NAMES}.",
    ),
    (["show", "crossentropy"], "是不是想写 cross-entropy？", "Did you mean cross-entropy?"),
    (["show", "BCEWithLogitsLoss"], "是不是想写 bce-with-logits？", "Did you mean bce-with-logits?"),
    (["show", "log_softmax"], "是不是想写 log-softmax？", "Did you mean log-softmax?"),
    (["show", "mse", "nll"], "“nll”是多出来的，show 用不着。", "'nll' is one word too many for show."),
    (["list", "mse"], "“mse”是多出来的，list 用不着。", "'mse' is one word too many for list."),
    (
        ["show", "mse", "--label"],
        "没有选项 --label。是不是想写 --label-smoothing？",
        "there is no option --label. Did you mean --label-smoothing?",
    ),
    (["show", "nll", "--ignore_index"], "是不是想写 --ignore-index？", "Did you mean --ignore-index?"),
    (["show", "mse", "--hlep"], "是不是想写 --help？", "Did you mean --help?"),
    (
        ["certify", "--quick"],
        "没有选项 --quick。选项见 derivations certify --help。",
        "there is no option --quick. derivations certify --help lists them.",
    ),
    (["-v"], "没有选项 -v。是不是想写 --version？", "there is no option -v. Did you mean --version?"),
    (["--jsn", "list"], "没有选项 --jsn。是不是想写 --json？", "there is no option --jsn. Did you mean --json?"),
    (
        ["list", "--wrt", "weight"],
        "--wrt 不是 list 的选项。可用：--json、--lang、--help、--version。",
        "--wrt is not an option of list. Accepted: --json, --lang, --help, --version.",
    ),
    (
        ["show", "mse", "--label-smoothing"],
        "--label-smoothing 不是 mse 的选项。可用：--reduction、--extra-dimensions、--weight。",
        "--label-smoothing is not an option of mse. Accepted: --reduction, --extra-dimensions, --weight.",
    ),
    (
        ["show", "softmax", "--weight"],
        "--weight 不是 softmax 的选项。可用：无。",
        "--weight is not an option of softmax. Accepted: none.",
    ),
    (
        ["show", "mse", "--reduction", "avg"],
        "--reduction avg：没有这个值。可用：mean、sum、none。",
        "--reduction avg: there is no such value. Accepted: mean, sum, none.",
    ),
    (["show", "mse", "--lang", "fr"], "--lang fr：没有这个值。可用：zh、en。", "--lang fr: there is no such value."),
    (["certify", "--dtype=int8"], "--dtype int8：没有这个值。可用：float64、", "--dtype int8: there is no such value."),
    (
        ["certify", "--dtype"],
        "--dtype 后面要写值。可用：float64、float32、bfloat16、float16。",
        "--dtype needs a value. Accepted: float64, float32, bfloat16, float16.",
    ),
    (
        ["show", "mse", "--wrt", "--json"],
        "--wrt 后面要写值：对什么求导；不写就取 derivations list 里的第一个。",
        "--wrt needs a value: what to derive for; the first that `derivations list` names if left out.",
    ),
    (["list", "--json=1"], "--json 不带值，写上就是启用。", "--json takes no value: to name it is to use it."),
    (
        ["show", "mse", "--wrt", "labels"],
        "mse 没有对 labels 的推导。可用：outputs、weight、bias、inputs、targets。",
        "wrt='labels' is not something MSELoss() has a derivation for. Accepted: 'outputs', 'weight'",
    ),
    (
        ["show", "cross-entropy", "--targets", "probabilities", "--ignore-index"],
        "这些选项不能一起用（CrossEntropy(",  # what the library says is English
        "names no class to ignore",
    ),
    *(
        (
            ["ledger", "--processes", given],
            f"--processes {given}：要写不小于 1 的整数。",
            f"--processes {given}: a whole number is needed, 1 or more.",
        )
        for given in ("0", "-1", "1.5", "two", "1e3", "9" * 5000)
    ),
    (
        ["certify", "--device", "gpu"],
        "--device gpu：Expected one of cpu",
        "--device gpu: Expected one of cpu",
    ),
    (
        ["certify", "--device", "meta"],
        "--device meta：Cannot copy out of meta tensor; no data。可用：cpu，和 torch",
        "--device meta: Cannot copy out of meta tensor; no data. Accepted: cpu, and what torch finds here.",
    ),
    (["certify", "--device", "hpu"], "--device hpu：No module named", "--device hpu: No module named"),  # no plug-in
    (["certify", "--device", "mkldnn"], "--device mkldnn：", "--device mkldnn: "),  # torch also warns
    *(
        ([*command, flag, ""], f"{flag} 后面要写值", f"{flag} needs a value")
        for command, flag in (
            (["list"], "--lang"),
            (["show", "mse"], "--wrt"),
            (["certify"], "--device"),
            (["ledger"], "--processes"),
            (["ledger"], "--out"),
        )
    ),
    (["list", "--lang="], "--lang 后面要写值。可用：zh、en。", "--lang needs a value. Accepted: zh, en."),
    (["show", "mse\n\x1b[31m"], r"“mse\n\x1b[31m”不是", r"'mse\n\x1b[31m' is not"),
    (["help"], "是不是想写 --help？", "Did you mean --help?"),
    (
        ["--frobnicate"],
        "没有选项 --frobnicate。选项见 derivations --help。",
        "there is no option --frobnicate. derivations --help lists",
    ),
]


@pytest.mark.parametrize(("wrong", "zh", "en"), WRONG, ids=[" ".join(wrong)[:40] or "nothing" for wrong, _, _ in WRONG])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_sentence_in_the_readers_language(wrong, zh, en, lang, capsys, monkeypatch):
    monkeypatch.setenv("LANG", {"zh": "zh_CN.UTF-8", "en": "en_GB.UTF-8"}[lang])
    assert main(wrong) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith({"zh": "derivations：", "en": "derivations: "}[lang])
    assert {"zh": zh, "en": en}[lang] in said.err
    assert said.err.count("\n") == 1


def test_no_option_goes_by_a_part_of_its_name(capsys):
    parts = {flag[:length] for flag in FLAGS for length in range(1, len(flag))} - FLAGS - {"--"}
    assert len(parts) > 100
    for part in parts:
        assert main(["show", "mse", part]) == 2, part
        assert f" {part}" in capsys.readouterr().err
