"""The help: in the reader's language, all that is accepted, and no wider than the terminal."""

import re
import shlex
import unicodedata

import pytest

from derivations.cli import main
from derivations.cli.arguments import parse
from derivations.cli.language import language
from derivations.cli.run import help_page
from derivations.cli.table import COMMON, every_command

COMMANDS = every_command()

HAN = re.compile("[\u4e00-\u9fff]")
PAGES = [[], *([name] for name in COMMANDS)]


def columns_of(line):
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in line)


@pytest.mark.parametrize(
    ("arguments", "environment", "lang"),
    [
        ([], {}, "en"),
        ([], {"LANG": "zh_CN.UTF-8"}, "zh"),
        ([], {"LANG": "zh"}, "zh"),
        ([], {"LANG": "C"}, "en"),
        ([], {"LANG": "de_DE.UTF-8"}, "en"),
        ([], {"LC_MESSAGES": "zh_TW.UTF-8", "LANG": "en_US.UTF-8"}, "zh"),
        ([], {"LC_ALL": "POSIX", "LC_MESSAGES": "zh_TW.UTF-8"}, "en"),
        ([], {"LC_ALL": "", "LANG": "zh_CN.UTF-8"}, "zh"),
        (["--lang", "en"], {"LANG": "zh_CN.UTF-8"}, "en"),
        (["show", "mse", "--lang=zh", "--wrt", "bias"], {}, "zh"),
        (["--lang", "zh", "show", "mse", "--lang", "en"], {}, "en"),
        (["--lang=en", "--lang", "zh"], {}, "zh"),
        (["--lang", "fr"], {"LANG": "zh_CN.UTF-8"}, "zh"),
        (["show", "--lang"], {}, "en"),
    ],
)
def test_the_readers_language(arguments, environment, lang):
    assert language(arguments, environment) == lang


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--help"], "usage: derivations COMMAND [OPTIONS]"),
        (["-h"], "usage: derivations COMMAND [OPTIONS]"),
        (["--lang", "zh", "--help"], "用法：derivations 命令 [选项]"),
        (["show", "--help", "--lang", "zh"], "用法：derivations show 名字 [选项]"),
        (["--help", "show"], "usage: derivations show NAME [OPTIONS]"),
        (["certify", "--all", "-h"], "usage: derivations certify [OPTIONS]"),
        (["nonsense", "--nonsense", "--help"], "usage: derivations COMMAND [OPTIONS]"),
    ],
)
def test_help_is_there_wherever_it_is_asked_for(arguments, says, capsys):
    assert main(arguments) == 0
    assert says in capsys.readouterr().out.splitlines()


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("arguments", PAGES, ids=str)
def test_it_names_all_that_is_accepted(arguments, lang):
    said = help_page(arguments, lang)
    for command in [COMMANDS[name] for name in arguments]:
        for option in command.options:
            assert re.search(rf"^  {option.flag}\b", said, re.MULTILINE)
            assert all(value in said for value in option.accepted)
        assert all(subject in said for subject in command.subjects)
        assert all(example in said for example in command.examples)
    for option in COMMON:
        assert re.search(rf"^  {option.flag}\b", said, re.MULTILINE)
    assert all(re.search(rf"^  {code}\b", said, re.MULTILINE) for code in (0, 1, 2, 3, 130))
    assert all(f"  {name} " in said for name in COMMANDS) or arguments


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("arguments", PAGES, ids=str)
def test_each_language_has_words_of_its_own_only(arguments, lang):
    said = "".join(help_page(arguments, lang).split())
    for words in [words for name in arguments for words in words_of(COMMANDS[name])] + [each.help for each in COMMON]:
        assert "".join(words[lang].split()) in said
        assert "".join(words["zh" if lang == "en" else "en"].split()) not in said
    assert bool(HAN.search(said)) == (lang == "zh")


def words_of(command):
    return [*(option.help for option in command.options), *command.examples.values()]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("arguments", PAGES, ids=str)
@pytest.mark.parametrize("columns", [80, 100])
def test_no_line_is_wider_than_the_terminal(arguments, lang, columns, monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", str(columns))
    assert main([*arguments, "--help", "--lang", lang]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(columns_of, lines)) <= columns
    assert not any(re.match(r"\s*[，。；：、）]", line) for line in lines)


@pytest.mark.parametrize("name", COMMANDS)
def test_its_examples_are_accepted(name):
    for example in COMMANDS[name].examples:
        program, *arguments = shlex.split(example)
        assert program == "derivations"
        assert parse(arguments, COMMANDS, COMMON)[0] is COMMANDS[name]
