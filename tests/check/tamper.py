"""Tampers with every field of certificates and sees trustree-check notice.

    tamper.py TRUSTREE-CHECK CERTIFICATE...

Every number, word, truth value and null of a certificate is changed in every way that fits its kind, every key and
list entry is dropped. Prints what was not noticed, and "N passed, M failed".
"""

import importlib.machinery
import importlib.util
import json
import re
import sys
from fractions import Fraction


def load(path):
    loader = importlib.machinery.SourceFileLoader("trustree_check", path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("trustree_check", loader))
    loader.exec_module(module)
    return module


def places(node, path=()):
    yield path
    for key, child in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield from places(child, path + (key,))


def at(node, path):
    for key in path:
        node = node[key]
    return node


def decimal(x, up):
    """x with 60 digits after the point, rounded up or down."""
    scaled = x.numerator * 10**60 // x.denominator + up
    sign, scaled = "-" if scaled < 0 else "", abs(scaled)
    return f"{sign}{scaled // 10**60}.{scaled % 10**60:060d}"


WORDS = {"holds": ["violated", "consistent", "not-applicable", "proved"], "consistent": ["holds", "violated"],
         "not-applicable": ["holds", "violated", "undecided"], "tree": ["lattice", "oak"], "lattice": ["tree"]}


def changes(old):
    """Values that say something else than `old`."""
    if old is None:
        return ["0", True, "1/2"]
    if isinstance(old, bool):
        return [not old]
    if isinstance(old, int):
        return [old + 1, str(old), None]
    if isinstance(old, dict) and set(old) == {"lo", "hi"}:
        if "inf" in old["hi"]:
            return [{"lo": "1", "hi": "1"}, "1", None]
        lo, hi = Fraction(old["lo"]), Fraction(old["hi"])
        step = max(abs(lo), abs(hi), Fraction(1, 10**12)) / 10**12
        return [{"lo": decimal(hi + step, 0), "hi": decimal(hi + 2 * step, 1)},
                {"lo": decimal(lo - 2 * step, 0), "hi": decimal(lo - step, 1)},
                {"lo": decimal(lo - step, 0), "hi": old["hi"]}, {"lo": old["lo"], "hi": decimal(hi + step, 1)},
                {"lo": old["lo"], "hi": "inf"}, str((lo + hi) / 2), None]
    if isinstance(old, str):
        if old in WORDS:
            return WORDS[old]
        if re.fullmatch(r"-?[0-9]+(/[0-9]+)?", old):
            x = Fraction(old)
            return [str(x + Fraction(1, 10**9)), str(-x) if x else "1/3", f"{2 * x.numerator}/{2 * x.denominator}", None]
        return [old + "x", "", None]
    return []


def main(checker, paths):
    check = load(checker)
    passed = failed = 0

    def refused(certificate, machine):
        try:
            return machine(certificate) is None
        except (check.Refused, check.BadInput, check.TooLarge, KeyError, TypeError, AttributeError, IndexError, ValueError):
            return True
        except check.Open:
            return refused(certificate, check.check)

    for path in paths:
        with open(path, encoding="utf-8") as stream:
            certificate = json.load(stream)
        assert check.check(certificate), path
        ready = check.Checker(certificate, check.PRECISIONS[0])

        def with_evaluation(changed):
            """The quantities do not depend on what is said of them: computed once for all changes of the evaluation, of
            which the part that was changed is looked at."""
            ready.said, ready.wide = changed["evaluation"], changed["evaluation"].get("engine") == "lattice"
            if place[1] != "bounds":
                ready.summary()
            elif len(place) > 3 and place[3] != "id":
                ready.bound(ready.said["bounds"][place[2]])
            else:
                ready.run()
            return True

        for place in list(places(certificate)):
            if not place:
                continue
            old = at(certificate, place)
            machine = with_evaluation if place[0] == "evaluation" and len(place) > 1 else check.check
            variants = [("change", value) for value in changes(old)] + [("drop", None)]
            if place[-1] in ("lo", "hi"):
                variants = [("drop", None)]
            for kind, value in variants:
                # another spelling of a number of the instance says the same
                if place[0] == "instance" and isinstance(value, str) and isinstance(old, str) and "/" in value and \
                        re.fullmatch(r"[0-9/]+", old) and re.fullmatch(r"[0-9/]+", value) and Fraction(value) == Fraction(old):
                    continue
                # optional fields of the instance, left out, may say the same
                if place[0] == "instance" and kind == "drop" and place[-1] in ("name", "target") and old in ("", {}):
                    continue
                # a ladder without an inner rung says less, one more baseline says more; both are still true
                if kind == "drop" and len(place) == 6 and place[3] == "ladders" and "step" in old:
                    continue
                if place == ("baseline",) and isinstance(value, str):
                    continue
                parent = at(certificate, place[:-1])
                kept = list(parent.items()) if isinstance(parent, dict) else list(parent)
                if kind == "drop":
                    del parent[place[-1]]
                else:
                    parent[place[-1]] = value
                if refused(certificate, machine):
                    passed += 1
                else:
                    failed += 1
                    print(f"{path}: not noticed: {kind} of {place}: {json.dumps(old)[:80]} to {json.dumps(value)}")
                parent.clear()
                parent.update(kept) if isinstance(parent, dict) else parent.extend(kept)
    print(f"{passed} passed, {failed} failed")
    return failed != 0 or passed == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
