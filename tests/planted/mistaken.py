"""Mistakes in the programs of a problem and in the list of mistakes."""

from . import mistakes_in

MISTAKES = (
    *mistakes_in(
        "derivations/closed_form/writers/trees.py",
        "tests/test_problems.py",
        (
            "programs divide by 0 where every label is ignored",
            '("or_one", tree, masks[name]) if name in masks else tree',
            "tree",
            "test_labels_that_name_no_class_and_rows_that_do_not_count",
        ),
    ),
    *mistakes_in(
        "derivations/closed_form/problems.py",
        "tests/test_problems.py",
        (
            "programs hide what the options do",
            "_line(of, 0 if _has_targets_by_name(loss) else -1), result)",
            "_line(of, -1), result)",
            "test_options_show_in_lines_of_their_own",
        ),
        (
            "programs do not know grad_output",
            'return made if loss.reduction == "none" else _times_incoming(made)',
            "return made",
            "test_programs_compute_what_the_printed_code_does",
        ),
        (
            "programs: a relative asks for logits that nobody has",
            "return renamed(made, {Z.label.name: given})",
            "return made",
            "test_relatives_are_certified_programs_of_others",
        ),
    ),
    *mistakes_in(
        "derivations/diagnosis/data.py",
        "tests/test_problems.py",
        (
            "programs come back from JSON as lists",
            "return tuple(map(_tree, data)) if isinstance(data, list) else data",
            "return data",
            "test_a_way_through_json_changes_nothing_and_all_of_it_is_small",
        ),
    ),
    *mistakes_in(
        "derivations/diagnosis/mistakes/divisors.py",
        "tests/diagnosis/test_named_mistakes.py",
        (
            "mistakes: the wrong divisor is told as the right one",
            'yield Mistake.of("divisor", right=right, wrong=name), changed',
            'yield Mistake.of("divisor", right=name, wrong=right), changed',
            "test_a_mistake_is_what_its_name_says",
        ),
        (
            "mistakes: the right divisor is told as 1 where another mistake hides it",
            "if own == 1 and problem.divisor != 1:",
            "if False:",
            "test_a_divisor_beside_another_mistake_is_told_with_the_one_that_belongs_there",
        ),
    ),
    *mistakes_in(
        "derivations/diagnosis/mistakes/functions.py",
        "tests/diagnosis/test_atlas_mistakes.py",
        (
            "mistakes: a clip that is missing below is told as missing above",
            'yield Mistake.of("clip missing", side="below"), place.put(("minimum", of, high))',
            'yield Mistake.of("clip missing", side="above"), place.put(("minimum", of, high))',
            "test_what_was_done_is_said",
        ),
    ),
    *mistakes_in(
        "derivations/diagnosis/mistakes/options.py",
        "tests/diagnosis/test_named_mistakes.py",
        (
            "mistakes: what is right is one of them",
            'if place.above[-1:] == [("*", place.node, "Y_hat")]:',
            "if False:",
            "test_every_mistake_is_one_and_has_one_name",
        ),
        (
            "mistakes: pos_weight on both terms is told as on the wrong one",
            'wrong = ("-", first, weighted[1]) if b == second else ("-", weighted[0], second)',
            'wrong = ("-", *weighted)',
            "test_a_mistake_is_what_its_name_says",
        ),
    ),
    *mistakes_in(
        "derivations/diagnosis/problem.py",
        "tests/test_new_loss.py",
        (
            "mistakes: of the options that are arrays two names alone are known",
            'return tuple(each.name for each in self.numbers if each.per != "ONE")',
            'return tuple(each.name for each in self.numbers if each.name in ("weight", "pos_weight"))',
            "test_a_mistake_about_its_own_option_is_named",
        ),
    ),
    *mistakes_in(
        "derivations/diagnosis/mistakes/whole.py",
        "tests/diagnosis/test_named_mistakes.py",
        (
            "mistakes: the squared error of a softmax lacks what its rows subtract",
            'of_softmax: Tree = ("*", own, ("-", place.node, inner))',
            'of_softmax: Tree = ("*", own, place.node)',
            "test_a_mistake_is_what_its_name_says",
        ),
    ),
    *mistakes_in(
        "derivations/diagnosis/mistakes/nodes.py",
        "tests/diagnosis/test_atlas_mistakes.py",
        (
            "mistakes: Z for P is looked for in all places at once alone",
            'case (("softmax" | "sigmoid") as function, z, *_) if len(found) > 1:',
            'case (("softmax" | "sigmoid") as function, z, *_) if False:',
            "test_what_was_done_is_said",
        ),
    ),
    *mistakes_in(
        "derivations/diagnosis/mistakes/places.py",
        "tests/diagnosis/test_named_mistakes.py",
        (
            "mistakes: a column is made of a number",
            'if tree[0] == "column" and is_number(tree[1]):',
            "if False:",
            "test_the_evaluator_of_the_package_evaluates_every_one",
        ),
    ),
    *mistakes_in(
        "derivations/diagnosis/mistakes/__init__.py",
        "tests/diagnosis/test_named_mistakes.py",
        (
            "mistakes: dear pairs before cheap ones",
            "heapq.heappush(waiting, (made.cost,",
            "heapq.heappush(waiting, (first.cost,",
            "test_pairs_come_in_order_and_can_be_evaluated",
        ),
        (
            "mistakes: dear ones before cheap ones",
            "for each in sorted(found, key=lambda each: each.cost):",
            "for each in found:",
            "test_every_mistake_is_one_and_has_one_name",
        ),
    ),
)
