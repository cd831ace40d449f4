"""The commands with their options, and what the help says of them in both languages."""

from __future__ import annotations

from ..wording import LANGUAGES, Words
from . import commands
from .arguments import Command, Option, whole
from .subjects import SUBJECTS, subject_options

LANG = Words(
    "句子和帮助用的语言；不写就看 LC_ALL、LC_MESSAGES、LANG，zh 开头的用中文，其余用英文",
    "the language of sentences and of this help; if left out, Chinese where LC_ALL, LC_MESSAGES or LANG begins with "
    "zh, else English",
)
HELP = Words("显示帮助，也可写 -h；写在命令后面，只讲那条命令", "this help, also -h; after a command, that command's")
WRT = Words(
    "对什么求导；不写就取 derivations list 里的第一个",
    "what to derive for; the first that `derivations list` names if left out",
)
DEVICE = Words("torch 在哪里计算，例如 cuda；不写就用 cpu", "where torch computes, for example cuda; cpu if left out")
ALL = Words("选项的全部组合，而不只是不带选项的", "every combination of options, not the plain criteria alone")
OUT = Words(
    "写到哪个文件；不写或写 -，就写到终端或管道", "the file to write; to the terminal or pipe if left out, or for -"
)
PROCESSES = Words(
    "由几个进程分担；不写就是 1，最多用到可用的核数",
    "how many share the work, 1 if left out; never more than there are cores",
)
JSON = Option("--json", Words("输出 JSON", "as JSON"))
DTYPES = ("float64", "float32", "bfloat16", "float16")

COMMON = (
    Option("--lang", LANG, accepted=LANGUAGES),
    Option("--help", HELP),
    Option("--version", Words("显示版本", "the version")),
)
LIST = Command(
    "list",
    commands.list_,
    Words("列出能推导的对象和各自的选项", "what can be shown, with its options"),
    examples={"derivations list": Words("能推导什么", "what there is")},
    options=(JSON,),
)
SHOW = Command(
    "show",
    commands.show,
    Words("逐行印出一个推导", "a derivation, line by line"),
    examples={
        "derivations show mse": Words("均方误差对输出的梯度", "the gradient of mean squared error in the outputs"),
        "derivations show cross-entropy --label-smoothing --weight --wrt weight": Words(
            "交叉熵对 W 的梯度，带两个选项", "that of cross-entropy in W, with two options"
        ),
        "derivations show adam --amsgrad --lang zh": Words(
            "优化器的一步，用中文", "one step of an optimizer, in Chinese"
        ),
    },
    options=(
        Option("--wrt", WRT, "WRT"),
        Option("--json", Words("输出 JSON，其中有 LaTeX", "as JSON, with LaTeX")),
        *subject_options(),
    ),
    subjects=tuple(SUBJECTS),
)
CERTIFY = Command(
    "certify",
    commands.certify,
    Words("闭式与 torch 的自动微分对账（需要 torch）", "closed forms against torch autograd (needs torch)"),
    examples={
        "derivations certify --dtype float32": Words("不带选项的损失函数", "the plain criteria"),
        "derivations certify --all --device cuda": Words(
            "选项的全部组合，在 GPU 上", "every combination of options, on a GPU"
        ),
    },
    options=(
        Option("--all", ALL),
        Option("--dtype", Words("只用一种 dtype", "one dtype only"), accepted=DTYPES),
        Option("--device", DEVICE, "DEVICE"),
        JSON,
    ),
)
LEDGER = Command(
    "ledger",
    commands.ledger,
    Words("全部对一遍账，写成一个 JSON 文件（需要 torch）", "everything certified, as one JSON file (needs torch)"),
    examples={
        "derivations ledger --out ledger.json --processes 4": Words(
            "整个账本，四个进程分担", "the whole ledger, shared by four processes"
        ),
    },
    options=(
        Option("--out", OUT, "FILE"),
        Option("--processes", PROCESSES, "COUNT", read=whole("--processes")),
    ),
)
COMMANDS = {each.name: each for each in (LIST, SHOW, CERTIFY, LEDGER)}
