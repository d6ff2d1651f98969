"""Tampers with every field of certificates and sees trustree-check notice.

    tamper.py TRUSTREE-CHECK CERTIFICATE...

Walks a certificate. Every number, word, truth value and null is changed in every way that fits its kind; every key and
list entry is dropped, given twice, and put beside one that is not known. Prints what was not noticed, and "N passed,
M failed".
"""

import importlib.machinery
import importlib.util
import json
import re
import sys
from fractions import Fraction

RATIONAL = re.compile(r"-?[0-9]+(/[0-9]+)?")
VERDICTS = ("holds", "consistent", "violated", "undecided", "not-applicable", "proved")
UNKNOWN = "note"  # a key that nothing has
TWICE = "key that stands for another"


def load(path):
    loader = importlib.machinery.SourceFileLoader("trustree_check", path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("trustree_check", loader))
    sys.dont_write_bytecode = True
    loader.exec_module(module)
    return module


def allowed(certificate, place, old, new):
    """Why a change may go unnoticed, or None."""
    if place[0] == "instance":
        if isinstance(new, (str, int)) and isinstance(old, str) and RATIONAL.fullmatch(old) and \
                number(new) == Fraction(old):
            return "another spelling of the same number"
    if place == ("instance", "prompts") and certificate["evaluation"]["engine"] == "lattice" and \
            isinstance(new, list) and len(new) == len(old) and all(x in old for x in new):
        return "the lattice names states, so that the order of prompts says nothing"
    if place == ("baseline",) and new is None:
        return "a certificate without a baseline says nothing of one"
    if not certificate["exact"]:
        if isinstance(old, str) and isinstance(new, dict) and RATIONAL.fullmatch(old) and \
                Fraction(new["lo"]) <= Fraction(old) <= Fraction(new["hi"]) and narrow(new):
            return "where rationals are enclosed, any may be"
        if place[:2] == ("evaluation", "identities") and (old, new) in (("holds", "consistent"), ("consistent", "holds")):
            return "where rationals are enclosed, the certificate does not show which of both sides are"
        if (old, new) == ("undecided", "holds"):
            return "it does hold, and more is said of it than the certificate's own numbers show"
    return None


def number(text):
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        return None


def decimal(x, up):
    """x with 60 digits after the point, rounded up or down."""
    scaled = x.numerator * 10**60 // x.denominator + up
    sign, scaled = "-" if scaled < 0 else "", abs(scaled)
    return f"{sign}{scaled // 10**60}.{scaled % 10**60:060d}"


def around(x, below, above):
    size = abs(x) or 1
    return {"lo": decimal(x - size * below, 0), "hi": decimal(x + size * above, 1)}


def narrow(ends):
    lo, hi = Fraction(ends["lo"]), Fraction(ends["hi"])
    return (hi - lo) * 2**82 <= max(abs(lo), abs(hi))


WIDE = {"lo": "-1000", "hi": "1000"}
SLIGHT = Fraction(1, 10**24)  # more than the width that is allowed


def other_enclosures(old):
    if "inf" in old["hi"]:
        return [{"lo": "1", "hi": "1"}, {"lo": "0", "hi": "inf"}, {"lo": "-inf", "hi": "inf"},
                {end: text[1:] if text[0] == "-" else "-" + text for end, text in old.items()}, "1"]
    lo, hi = Fraction(old["lo"]), Fraction(old["hi"])
    step = max(abs(lo), abs(hi), Fraction(1, 10**12)) * SLIGHT
    out = [{"lo": decimal(hi + step, 0), "hi": decimal(hi + 2 * step, 1)},
           {"lo": decimal(lo - 2 * step, 0), "hi": decimal(lo - step, 1)},
           {"lo": decimal(lo - step, 0), "hi": old["hi"]}, {"lo": old["lo"], "hi": decimal(hi + step, 1)},
           {"lo": old["lo"], "hi": "inf"}, WIDE, str((lo + hi) / 2), {"lo": old["lo"], "hi": "1e99999999999"}]
    if lo < hi:
        out += [{"lo": old["lo"], "hi": old["lo"]}, {"lo": old["hi"], "hi": old["hi"]}, {"lo": old["hi"], "hi": old["lo"]}]
    return out


def other_rationals(old):
    x = Fraction(old)
    return [str(x + Fraction(1, 10**9)), str(x - Fraction(1, 10**30)), str(-x) if x else "1/3",
            f"{2 * x.numerator}/{2 * x.denominator}", f"{x.numerator}/0", old + ".0", around(x, 0, SLIGHT),
            around(x, Fraction(1, 10**30), Fraction(1, 10**30)), WIDE, int(x) if x.denominator == 1 else float(x)]


def other_rows(old):
    """A row with a little mass moved, and its mirror image."""
    row = [Fraction(x) for x in old]
    step = min(x for x in row if x) / 10**6
    first = next(k for k, x in enumerate(row) if x)
    row[first] -= step
    row[first - 1] += step
    return [[str(x) for x in row], old[::-1]]


known_changes = {}


def changes(old):
    """Values that say something else than `old`."""
    key = json.dumps(old)
    if key not in known_changes:
        known_changes[key] = changes_of(old)
    return known_changes[key]


def changes_of(old):
    if old is None:
        return ["0", True, "1/2", "undecided", WIDE]
    if isinstance(old, bool):
        return [not old, None, int(old), str(old)]
    if isinstance(old, int):
        return [old + 1, old - 1, str(old), float(old), None, True, 0]
    if isinstance(old, str):
        if old in VERDICTS:
            return [word for word in VERDICTS if word != old] + [None, True]
        return (other_rationals(old) if RATIONAL.fullmatch(old) else [old + "x", "", 1]) + [None, [old], "\ud800"]
    if isinstance(old, dict):
        return (other_enclosures(old) if set(old) == {"lo", "hi"} else [{}]) + [None, []]
    rows = other_rows(old) if len(old) > 1 and all(isinstance(x, str) and RATIONAL.fullmatch(x) for x in old) and \
        sum(map(Fraction, old)) == 1 else []
    return rows + [old[1:], old + old[-1:], old + [None], None, {}] + ([old[1:2] + old[:1] + old[2:]] if len(old) > 1 else [])


def places(node, path=()):
    yield path
    if isinstance(node, dict) and set(node) == {"lo", "hi"}:
        return
    for key, child in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield from places(child, path + (key,))


def at(node, path):
    for key in path:
        node = node[key]
    return node


class Tamperer:
    def __init__(self, check, path):
        self.check, self.path = check, path
        with open(path, encoding="utf-8") as stream:
            self.text = stream.read()
        self.certificate = check.parse(self.text)
        check.check(self.certificate)
        self.facts = check.Facts(self.certificate["instance"], check.PRECISIONS[0])
        self.ready = check.Checker(self.certificate, self.facts)
        self.ready.run()
        self.passed = self.failed = self.skipped = 0

    def refused(self, work):
        try:
            work()
            return False
        except (self.check.Refused, self.check.BadInput, self.check.TooLarge, self.check.Undecided,
                ValueError):
            return True

    def besides_bounds(self):
        checker = self.check.Checker(self.certificate, self.facts)
        checker.fires = self.ready.fires
        checker.besides_bounds()
        checker.check_inequalities()

    def noticed(self, place):
        """The part of the certificate that was changed is looked at first: what is refused there is refused."""
        check, certificate = self.check, self.certificate
        if place[0] == "instance":
            return self.refused(lambda: check.check(certificate))
        if place[:2] == ("evaluation", "bounds") and len(place) > 2 and len(certificate["evaluation"]["bounds"]) == 51:
            name = check.ORDER[place[2]]
            if self.refused(lambda: self.ready.bound(name, certificate["evaluation"]["bounds"][place[2]])):
                return True
        elif self.refused(self.besides_bounds):
            return True
        return self.refused(lambda: check.check(certificate, self.facts))

    def count(self, good, place, what):
        self.passed += good
        self.failed += not good
        if not good:
            print(f"{self.path}: not noticed: {place}: {json.dumps(what)}")

    def try_out(self, place, what, change):
        """change: of the object or list that has the place."""
        parent = at(self.certificate, place[:-1])
        kept = list(parent.items()) if isinstance(parent, dict) else list(parent)
        change(parent)
        try:
            self.count(self.noticed(place), place, what)
        finally:
            parent.clear()
            parent.update(kept) if isinstance(parent, dict) else parent.extend(kept)

    def fields(self):
        for place in list(places(self.certificate))[1:]:
            old, last = at(self.certificate, place), place[-1]
            for new in changes(old):
                if new == old and type(new) is type(old):
                    continue
                if allowed(self.certificate, place, old, new):
                    self.skipped += 1
                    continue
                self.try_out(place, ("change", old, new), lambda parent: parent.__setitem__(last, new))
            if isinstance(last, int):
                self.try_out(place, "second", lambda parent: parent.insert(last, parent[last]))
            if not (place == ("instance", "name") and old == ""):
                self.try_out(place, "drop", lambda parent: parent.pop(last))
            if isinstance(old, dict):
                self.try_out(place, "neighbour", lambda parent: parent.__setitem__(last, dict(old, **{UNKNOWN: None})))

    def whole(self):
        """What only shows in the text, and what is changed everywhere at once."""
        self.certificate[UNKNOWN] = None
        self.count(self.refused(lambda: self.check.check(self.certificate, self.facts)), (), "neighbour")
        del self.certificate[UNKNOWN]
        shapes = set()
        for place in places(self.certificate):
            shape = tuple("*" if isinstance(key, int) else key for key in place)
            node = at(self.certificate, place)
            if not isinstance(node, dict) or shape in shapes:
                continue
            shapes.add(shape)
            for key, value in list(node.items()):
                node[TWICE] = value
                text = json.dumps(self.certificate).replace(json.dumps(TWICE), json.dumps(key))
                del node[TWICE]
                self.count(self.refused(lambda: self.check.parse(text)), place, ("twice", key))
        for what, pattern, new in (
                ("every verdict undecided", r'"verdict": "[a-z-]*"', '"verdict": "undecided"'),
                ("nothing applies", r'"verdict": "[a-z-]*"', '"verdict": "not-applicable"'),
                ("no answer", r'"(fires|can_fire)": (true|false)', r'"\1": null'),
                ("every number wide", r'{\s*"lo": "[-0-9.e]*",\s*"hi": "[-0-9.e]*"\s*}', json.dumps(WIDE)),
                ("no value", r'"value": "[^"]*"', '"value": null')):
            text = re.sub(pattern, new, self.text)
            assert text != self.text or what == "no answer", what
            self.count(self.refused(lambda: self.check.check(self.check.parse(text), self.facts)), (), what)


def main(checker, paths):
    check = load(checker)
    passed = failed = skipped = 0
    for path in paths:
        tamperer = Tamperer(check, path)
        tamperer.fields()
        tamperer.whole()
        passed, failed, skipped = passed + tamperer.passed, failed + tamperer.failed, skipped + tamperer.skipped
    print(f"{skipped} changes that say the same or nothing")
    print(f"{passed} passed, {failed} failed")
    return failed != 0 or passed == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
