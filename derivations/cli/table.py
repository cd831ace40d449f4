"""The commands with their options, and what the help says of them in both languages."""

from __future__ import annotations

from ..wording import LANGUAGES, Words
from . import commands
from .arguments import Command, Option, several, whole
from .audit import audit
from .check import check
from .of_criteria import options_of_criteria
from .subjects import criteria, operations, subject_options, subjects

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
FORMULA = Words(
    "检验这个公式，而不是文件里的函数：Python 或 NumPy 的写法、LaTeX、带下标的求和",
    "check this formula instead of a function: as in Python or NumPy, LaTeX, or sums with indices",
)
WRT_OF_CHECK = Words(
    "对什么求的导；不写就是 outputs，函数带 W 时是 W 和 b",
    "what it is taken for; outputs if left out, W and b for a function that takes W",
)
RETURNS = Words("函数返回什么；不写就看它返回的形状", "what the function returns; seen by its shape if left out")
ARRAYS = Words(
    "给函数 tensor 还是 numpy 数组；不写就看文件引入了哪个",
    "whether it is given tensors or numpy arrays; if left out, what its file imports",
)
SHAPE = Words(
    "只试一种形状，例如 5,3：输出的；函数带 W 时是输入的，最后一维是 5",
    "one shape only, for example 5,3: of the outputs, or, for a function that takes W, of the inputs, whose last size "
    "is 5",
)
WITHOUT = Words(
    "不试哪些边界情形，例如 'ignored labels'，用逗号隔开",
    "edges to leave out, for example 'ignored labels', with commas",
)
ONLY = Words("只试哪些情形，用逗号隔开", "edges to try, and nothing else, with commas")
PRECISION = Words(
    "函数内部用的精度，误差界按它放宽", "the precision that the function computes in, to which bounds are widened"
)
BLOCKS = Words("kernel 的块大小；多试块边上的形状", "the kernel's block size: shapes around it are tried too")
MODEL = Words(
    "文件里的哪个模型，用来给节点的模块起名；不写时，文件里只有一个就用它",
    "the model of the file that names the modules; if left out, the only one there is",
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


AUDIT = Command(
    "audit",
    audit,
    Words(
        "你自己的一步训练：backward() 算的每一个节点都对不对（需要 torch）",
        "a training step of your own: is every node that backward() computed right (needs torch)",
    ),
    examples={
        "derivations audit train.py::step": Words(
            "文件里的函数，不带参数，返回损失", "a function in a file, without arguments, that returns the loss"
        ),
        "derivations audit train.py::step --model net --only encoder.0": Words(
            "只看模型 net 里的一个模块", "one module of the model net alone"
        ),
    },
    options=(
        Option("--model", MODEL, "NAME"),
        Option("--only", Words("只看这个模块里的节点", "the nodes of this module alone"), "MODULE"),
        Option("--seed", Words("先把随机数种子设成它", "the seed that is set before"), "SEED", read=whole("--seed", 0)),
        JSON,
    ),
    place="FILE.py::NAME",
)


def _show() -> Command:
    return Command(
        "show",
        commands.show,
        Words("逐行印出一个推导", "a derivation, line by line"),
        examples={
            "derivations show mse": Words("均方误差对输出的梯度", "the gradient of mean squared error in the outputs"),
            "derivations show cross-entropy --label-smoothing --weight --wrt weight": Words(
                "交叉熵对 W 的梯度，带两个选项", "that of cross-entropy in W, with two options"
            ),
            "derivations show layer-norm --wrt w": Words(
                "计算图里一个节点交给权重的部分", "what a node of torch's graph hands on to its weight"
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
        subjects=tuple(subjects()),
        more=tuple(operations()),
        of_more=Words(
            "还有 torch 计算图里的运算，例如 layer-norm；derivations list 会列出",
            "and the operations of torch's graphs, such as layer-norm; `derivations list` names them",
        ),
    )


def _check() -> Command:
    return Command(
        "check",
        check,
        Words(
            "检验你自己的梯度：对不对，错在哪里（函数需要 torch，公式不需要）",
            "your own gradient: is it right, and if not, what was done (a function needs torch, a formula does not)",
        ),
        examples={
            "derivations check mine.py::grad --criterion cross-entropy": Words(
                "文件里的函数，如 def grad(Z, y)", "a function in a file, such as def grad(Z, y)"
            ),
            "derivations check homework.py::grad --criterion mse --wrt weight": Words(
                "numpy 作业，如 def grad(X, W, b, y)，只看 dW",
                "homework in numpy, such as def grad(X, W, b, y): dW alone",
            ),
            "derivations check --formula '(softmax(Z) - Y) / N' --criterion cross-entropy": Words(
                "手推的公式", "a formula derived by hand"
            ),
        },
        options=(
            Option(
                "--criterion",
                Words(
                    f"是谁的梯度：{'、'.join(criteria())}",
                    f"what it is the gradient of: {', '.join(criteria())}",
                ),
                "NAME",
                accepted=tuple(criteria()),
            ),
            Option("--formula", FORMULA, "FORMULA"),
            Option("--wrt", WRT_OF_CHECK, accepted=("outputs", "weight", "bias", "inputs")),
            Option("--returns", RETURNS, accepted=("gradient", "loss", "gradients")),
            Option("--arrays", ARRAYS, accepted=("torch", "numpy")),
            *options_of_criteria(),
            Option("--dtype", Words("只试一种 dtype", "one dtype only"), accepted=DTYPES),
            Option("--shape", SHAPE, "SIZES", read=several(whole("--shape", 0))),
            Option("--seed", Words("试哪些随机数", "which random numbers are tried"), "SEED", read=whole("--seed", 0)),
            Option("--device", DEVICE, "DEVICE"),
            Option("--without", WITHOUT, "NAMES", read=several(str)),
            Option("--only", ONLY, "NAMES", read=several(str)),
            Option("--precision", PRECISION, accepted=DTYPES),
            Option("--blocks", BLOCKS, "SIZE", read=whole("--blocks")),
            JSON,
        ),
        place="FILE.py::NAME",
    )


def every_command() -> dict[str, Command]:
    """The commands by name, with the criteria that are registered now."""
    return {each.name: each for each in (LIST, _show(), CERTIFY, LEDGER, _check(), AUDIT)}
