#!/usr/bin/env python3
"""Recall and precision of lith-split's call edges, measured against rustc's own.

usage: edges.py --bin LITH_SPLIT --package DIR [--analyze DIR] [--cargo OPTIONS] [--mir FILE] [--calls FILE] [--show CLASS]

DIR is a package with a library target that passes `cargo check --lib` (the same environment: CARGO_TARGET_DIR and so on).
The rustc line of that library is taken from cargo, and run again with RUSTC_BOOTSTRAP=1 for the MIR text; --mir keeps
the text, or uses it where the file exists. Our edges come from `analyze --view calls --format json` of the same package, or
of the one with the router that --analyze names and that depends on it. --show lists what is missed and wrong in a class, or in all.

What is compared: pairs of functions (caller, callee), both with source text in the library. A pair counts once, in the first
class in which it occurs:

  path       bare and path calls: f(), a::f(), T::f()
  value      functions named as values: get(handler), .map(f)
  typed      methods on self, parameters, annotated locals, statics, and fields of these
  inferred   methods on other locals, on results of calls and on parameters of closures
  implicit   without a name in the text: From behind `?` and into, Display behind formatting, Deref, operators, Drop, and the
             extractors and responses of functions given to a router

Rules, to be fair to both sides:

- Closures and async blocks belong to the function around them. Consts and statics call from their initialisers.
- What macros of other crates generate, items in their arguments too, is left out, as caller and as callee.
- A call of a trait's method on a type parameter, `dyn` or `Self` may run any impl: rustc's text does not say which. One of
  our edges to any of them is a hit, and none of them is wrong.
- The type of `?`, `into`, `to_string`, `parse` and formatting is in rustc's text; the impl behind them follows from it.
- A trait of another crate on a type parameter says nothing about the program and is left out.
- A path into another crate that reads like one into this crate (`sentry::init`, with a module `sentry`) is taken for this one.
- Calls in a `macro_rules!` of the program, or in a call of one, are counted apart (`macro`).
- Functions named in strings of attributes are called by generated code, and are left out.
- Unreachable code has no MIR; an edge from there counts against us, and there are few.
"""

import argparse
import collections
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

import mir
from source import Sources

CLASSES = ["path", "value", "typed", "inferred", "implicit", "macro"]
FLAGS = ["-Zunpretty=mir", "-Ztrim-diagnostic-paths=no", "-Zmir-include-spans=on"]
WORD = re.compile(r"[A-Za-z_]\w*")
EXTRACT = {"FromRequestParts", "FromRequest", "OptionalFromRequestParts", "OptionalFromRequest", "FromRef"}
RESPOND = {"IntoResponse", "IntoResponseParts"}
ROUTING = re.compile(r"^<?(axum|axum_core|axum_extra|aide|utoipa_axum)::")


def mir_text(package, options, target):
    """Runs the library's rustc line for its MIR."""
    environment = {k: v for k, v in os.environ.items() if k != "RUSTC_BOOTSTRAP"}
    cargo = ["cargo", "rustc", "--lib", "--profile", "check", "-vv", "--color", "never", *options.split(), "--", *FLAGS]
    run = subprocess.run(cargo, cwd=package, env=environment, capture_output=True, text=True)
    lines = re.findall(r"Running `(.*)`", run.stderr)
    line = next((line for line in reversed(lines) if FLAGS[0] in line), None)
    if line is None:
        sys.exit(f"cargo names no rustc line:\n{run.stderr[-2000:]}")
    words = shlex.split(line)
    while "=" in words[0] and not words[0].startswith("/"):
        name, value = words.pop(0).split("=", 1)
        environment[name] = value
    environment["RUSTC_BOOTSTRAP"] = "1"
    words = [word for word in words if not word.startswith(("--error-format", "--json", "--emit", "--diagnostic-width"))]
    words = [word for at, word in enumerate(words) if not ("incremental=" in word or word == "-C" and "incremental=" in words[at + 1])]
    # Paths of a workspace's member are those from the workspace's root.
    with open(target, "w", encoding="utf-8") as out:
        folder = workspace_root(package, environment)
        done = subprocess.run(words, cwd=folder, env=environment, stdout=out, stderr=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"rustc failed:\n{done.stderr[-2000:]}")


def workspace_root(package, environment):
    found = subprocess.run(
        ["cargo", "locate-project", "--workspace", "--message-format", "plain"],
        cwd=package, env=environment, capture_output=True, text=True, check=True,
    )
    return Path(found.stdout.strip()).parent


def our_calls(binary, package):
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        subprocess.run([binary, "analyze", "--view", "calls", "--format", "json", "-q", "--no-cache", "-o", file.name,
                        "--manifest-path", str(Path(package) / "Cargo.toml")], check=True)
        return json.load(file)


# Types in rustc's words.

def no_lifetimes(ty):
    return re.sub(r"'\w+ ?,? ?|for<[^>]*> ?", "", ty)


def peel(ty):
    ty = no_lifetimes(ty.strip())
    while ty.startswith(("&", "mut ", "*const ", "*mut ")):
        ty = ty.removeprefix("&").removeprefix("mut ").removeprefix("*const ").removeprefix("*mut ").strip()
    return ty


def type_head(ty):
    """Last name of a type's path: `a::B<C>` -> `B`."""
    ty = peel(ty)
    if ty.startswith("dyn ") or ty.startswith("impl "):
        return ty.split(" ", 1)[1].split("<")[0].split(" + ")[0].rsplit("::", 1)[-1]
    if ty.startswith("["):
        return "[]"
    if ty.startswith("("):
        return "()"
    segments = [segment for segment in mir.depth_split(ty, "::") if not segment.startswith("<")]
    return segments[-1].split("<")[0] if segments else ty


def arguments(ty):
    """`B<C, D>` -> [C, D]."""
    ty = peel(ty)
    at = ty.find("<")
    if at < 0 or not ty.endswith(">"):
        if ty.startswith("(") and ty.endswith(")"):
            return [part for part in mir.depth_split(ty[1:-1], ", ") if part]
        return []
    return [part.strip() for part in mir.depth_split(ty[at + 1 : -1], ", ") if not part.startswith("'")]


def normal(ty):
    """Names without modules, for comparing arguments."""
    return re.sub(r"\s+|'\w+,?", "", re.sub(r"\b\w+::", "", no_lifetimes(ty)))


def all_types(ty):
    """A type and the types in its arguments."""
    yield peel(ty)
    for part in arguments(ty):
        yield from all_types(part)


class Impl:
    """An impl block by the text of its header."""

    def __init__(self, text):
        text = re.sub(r"\s+", " ", text).strip()
        self.ok = bool(re.match(r"(default |unsafe )*impl\b", text))
        text = re.sub(r"^(default |unsafe )*impl ?", "", text)
        self.params = []
        if text.startswith("<"):
            depth = 0
            for at, c in enumerate(text):
                depth += (c == "<") - (c == ">" and text[at - 1] != "-")
                if depth == 0:
                    break
            self.params = [re.split(r"[:=]", part)[0].strip().split()[-1] for part in mir.depth_split(text[1:at], ",") if part.strip()]
            text = text[at + 1 :].strip()
        text = mir.depth_split(text, " where ")[0]
        parts = mir.depth_split(text, " for ")
        self.trait_ = parts[0].strip() if len(parts) > 1 else None
        self.self_ty = parts[-1].strip()
        self.is_blanket = peel(self.self_ty) in self.params

    def trait_head(self):
        return type_head(self.trait_) if self.trait_ else None


class Functions:
    """The functions of the library: key (file, line of the name)."""

    def __init__(self, bodies, sources):
        self.sources = sources
        self.key, self.by_path = {}, collections.defaultdict(list)
        self.impls = collections.defaultdict(list)  # name -> [(module, Impl, key)]
        self.bodies = collections.defaultdict(list)
        self.asynchronous = {}
        # First names of paths into the crate: rustc writes these without `crate`.
        self.roots = {body.path.split("::")[0].split("<")[0] for body in bodies.values()} - {""}
        for body in bodies.values():
            if body.path != body.owner:
                if body.path == body.owner + "::{closure#0}":
                    self.asynchronous[body.owner] = body.ret
                continue
            key = self.place(body)
            if key is None:
                continue
            self.key[body.path] = key
            self.bodies[key].append(body)
            found = mir.IMPL_AT.search(body.path)
            name = body.path.rsplit("::", 1)[-1]
            if found and body.path.count("::", found.end()) == 1:
                header = Impl(sources.text((found[1], *(int(n) for n in found.groups()[1:]))))
                module = body.path[: found.start()].removesuffix("::")
                self.impls[name].append((module, header, key))
            else:
                self.by_path[body.path].append(key)

    def place(self, body):
        """The line of the name; `None` for what macros of other crates made."""
        found = mir.IMPL_AT.search(body.path)
        if found and not Impl(self.sources.text((found[1], *(int(n) for n in found.groups()[1:])))).ok:
            return None
        if body.place is None:
            return None
        path, line, _ = body.place
        file = self.sources.file(path)
        name = body.path.rsplit("::", 1)[-1]
        if file is None:
            return None
        at = file.fn_before(name, line)
        if at is None and re.match(r"^[A-Z_0-9]+$", name):
            return (path, line, name)
        if at is None or line - at > 60:
            return None
        if self.sources.made_by_foreign_macro(path, at, file.column_of(name, at)):
            return None
        return (path, at, name)

    def callees(self, value):
        """What a reference may lead to: (set of keys, whether any of them may be meant)."""
        segments = mir.depth_split(value, "::")
        if value.startswith("<") and len(mir.depth_split(segments[0][1:-1], " as ")) > 1:
            return self.qualified(segments)
        name = segments[-1]
        if name.startswith("<"):
            segments, name = segments[:-1], segments[-2]
        plain = [segment for segment in segments if not segment.startswith("<") or segment.startswith("<impl ")]
        if not any(segment.startswith("<impl ") for segment in plain):
            exact = self.by_path.get("::".join(plain))
            if exact:
                return set(exact), False
        if len(plain) < 2:
            return set(), False
        at = next((at for at, segment in enumerate(plain) if segment.startswith("<impl ")), None)
        if at is not None:
            self_ty, module = plain[at][6:-1], "::".join(plain[:at])
        else:
            self_ty, module = "::".join(segments[:-1]), "::".join(plain[:-2])
        found = [one for one in self.impls.get(plain[-1], []) if one[1].trait_ is None and self.is_type(self_ty, one)]
        exact = [one for one in found if one[0] == module]
        found = exact or found
        if len(found) > 1:
            same = [one for one in found if normal(self.sources.meaning(one[1].self_ty)) == normal(self_ty.replace("::<", "<"))]
            found = same or found
        return {key for _, _, key in found}, len(found) > 1

    def qualified(self, segments):
        inside = mir.depth_split(segments[0][1:-1], " as ")
        if len(segments) < 2 or len(inside) < 2:
            return set(), False
        return self.of_trait(inside[0], inside[1], segments[1])

    def of_trait(self, self_ty, trait_, name):
        """The function of the impl of a trait for a type."""
        of_trait = [one for one in self.impls.get(name, []) if one[1].trait_head() == type_head(trait_)]
        default = self.by_path.get(re.sub(r"<.*", "", trait_) + "::" + name, [])
        ty = peel(self_ty)
        is_param = re.match(r"^[A-Z]\w*$", ty) and ty not in self.sources.types()
        is_open = is_param or ty.startswith(("dyn ", "impl ", "<"))
        if is_open:
            if not self.is_local_trait(trait_):
                return set(), False
            return {key for _, _, key in of_trait} | set(default), True
        of_type = [one for one in of_trait if self.is_type(ty, one) and self.is_ref(one[1].self_ty) <= self.is_ref(self_ty)]
        module = "::".join(mir.depth_split(re.sub(r"<.*", "", ty), "::")[:-1])
        in_module = [one for one in of_type if one[0] == module]
        of_type = in_module or of_type
        args = [normal(arg) for arg in arguments(trait_)]
        if len(of_type) > 1:
            same = [one for one in of_type if normal(one[1].self_ty) == normal(ty)]
            of_type = same or of_type
        if args and any(arguments(one[1].trait_) for one in of_type):
            of_type = self.for_arguments(of_type, arguments(trait_))
        if of_type:
            return {key for _, _, key in of_type}, len(of_type) > 1
        if default:
            return set(default), False
        blanket = [one for one in of_trait if one[1].is_blanket]
        if type_head(trait_) in ("From", "Into"):
            blanket = []
        return {key for _, _, key in blanket}, len(blanket) > 1

    def for_arguments(self, found, args):
        """Impls whose trait's arguments are these: the same text, else the same crate and last name, else the last name."""

        def written(one):
            return [self.sources.meaning(arg) for arg in arguments(one[1].trait_)]

        def root(ty):
            return peel(ty).split("::")[0] if "::" in peel(ty).split("<")[0] else ""

        heads = [type_head(arg) for arg in args]
        exact = [one for one in found if [normal(arg) for arg in written(one)] == [normal(arg) for arg in args]]
        named = exact or [one for one in found if [type_head(arg) for arg in written(one)] == heads]
        same_crate = [one for one in named if all(root(ours) in (root(theirs), "crate", "super", "self") for ours, theirs in zip(written(one), args))]
        unknown = [one for one in named if all(not root(ours) for ours in written(one))]
        generic = [one for one in found if any(peel(arg) in one[1].params for arg in arguments(one[1].trait_))]
        return same_crate or unknown or (named if len(named) == 1 else []) or generic

    def is_type(self, ty, found):
        """Whether an impl's header names this type, by its last name and by whether both are of this crate."""
        _, header, key = found
        written = self.sources.meaning(header.self_ty)
        if type_head(ty) not in (type_head(header.self_ty), type_head(written)):
            return False
        is_path = "::" in ty.split("<")[0]
        is_local = ty.split("::")[0] in self.roots if is_path else ty in self.sources.types()
        defined_beside = re.search(rf"\b(struct|enum|union)\s+{re.escape(type_head(ty))}\b", self.sources.file(key[0]).code)
        return is_local or not defined_beside

    def is_local_trait(self, trait_):
        return re.search(rf"\btrait\s+{type_head(trait_)}\b", self.sources.everything()) and trait_.split("::")[0] in self.roots

    @staticmethod
    def is_ref(ty):
        return ty.strip().startswith("&")


def implied(value, functions):
    """Impls that run behind a function of std: [(keys, any)]."""
    segments = mir.depth_split(value, "::")
    out = []
    if value.startswith("<"):
        inside = mir.depth_split(segments[0][1:-1], " as ")
        if len(inside) < 2 or len(segments) < 2:
            return out
        ty, trait_, name = inside[0], inside[1], segments[1]
        if name == "from_residual":
            ours, theirs = arguments(ty), arguments(arguments(trait_)[0]) if arguments(trait_) else []
            if type_head(ty) == "Poll":
                ours = arguments(ours[0]) if ours else []
            if len(ours) == 2 and len(theirs) == 2 and ours[1] != theirs[1]:
                out.append(functions.of_trait(ours[1], f"From<{theirs[1]}>", "from"))
        elif name == "to_string":
            out.append(functions.of_trait(ty, "std::fmt::Display", "fmt"))
        elif name in ("into", "try_into") and arguments(trait_):
            target, trait_ = arguments(trait_)[0], "From" if name == "into" else "TryFrom"
            out.append(functions.of_trait(target, f"{trait_}<{ty}>", name.replace("into", "from")))
        return out
    if value.startswith("core::fmt::rt::Argument"):
        found = re.match(r".*::new_(display|debug)::<(.*)>$", value)
        if found:
            trait_ = "std::fmt::" + found[1].capitalize()
            out.append(functions.of_trait(found[2], trait_, "fmt"))
    found = re.match(r"core::str::<impl str>::parse::<(.*)>$", value)
    if found:
        out.append(functions.of_trait(found[1], "std::str::FromStr", "from_str"))
    return [(keys, any_) for keys, any_ in out if keys and not any_]


class Truth:
    """Pairs that rustc has: pair -> class; and sets of callees of which any may run."""

    def __init__(self, bodies, refs, drops, functions, sources):
        self.pairs, self.open, self.places = {}, [], collections.defaultdict(list)
        self.sources = sources
        handlers = set()
        for ref in refs:
            caller = functions.key.get(ref.owner)
            for path in re.findall(r"\{([^{}@]+)\}", ref.value) if ROUTING.match(ref.value) else []:
                handlers.update(functions.callees(path)[0])
            if caller is None:
                continue
            keys, any_ = functions.callees(ref.value)
            for key in keys:
                self.add(caller, keys, any_, self.class_of(ref, key), ref.span)
                break
            for keys, any_ in implied(ref.value, functions):
                self.add(caller, keys, any_, "implicit", ref.span)
        for drop in drops:
            caller = functions.key.get(drop.owner)
            if caller is None or not sources.file(drop.place[0]):
                continue
            for ty in all_types(drop.ty):
                keys, any_ = functions.of_trait(ty, "std::ops::Drop", "drop")
                if keys and not any_:
                    self.add(caller, keys, any_, "implicit", (*drop.place, 0, 0))
        for key in handlers:
            self.handler(key, functions)

    def handler(self, key, functions):
        for body in functions.bodies[key]:
            for param in body.params:
                for ty in all_types(param):
                    self.frame(key, ty, EXTRACT, functions, body)
            ret = functions.asynchronous.get(body.path, body.ret)
            for ty in all_types(ret):
                self.frame(key, ty, RESPOND, functions, body)

    def frame(self, caller, ty, traits, functions, body):
        for trait_ in sorted(traits):
            name = re.sub(r"(?<!^)([A-Z])", r"_\1", trait_.removeprefix("Optional")).lower()
            if type_head(ty) in ("Result", "Option", "Json", "()", "Poll") or "::" not in ty and ty not in self.sources.types():
                continue
            found = [one for one in functions.impls.get(name, []) if one[1].trait_head() == trait_ and type_head(one[1].self_ty) == type_head(ty)]
            if found:
                place = body.place
                self.add(caller, {found[0][2]}, False, "implicit", (*place, 0, 0))

    def class_of(self, ref, key):
        path, line, column, _, _ = ref.span
        file = self.sources.file(path)
        if file is None:
            return "implicit"
        if self.sources.in_local_macro(path, line, column):
            return "macro"
        start = file.offset(line, column)
        text = self.sources.text(ref.span)
        names = WORD.findall(re.sub(r"::\s*<.*>|<.*?>", "", text, flags=re.S))
        before = file.code[:start].rstrip()
        if before.endswith(".") and not before.endswith("..") and text.startswith(key[2]):
            return self.sources.receiver_class(path, line, column)
        if names and key[2] in names[-1:]:
            after = file.code[file.offset(ref.span[3], ref.span[4]) :].lstrip()
            return "path" if after.startswith(("(", "::<")) else "value"
        return "implicit"

    def add(self, caller, keys, any_, klass, span):
        keys = keys - {caller} if klass == "implicit" else keys
        if not keys:
            return
        if any_:
            self.open.append((caller, frozenset(keys), klass, span))
            return
        pair = (caller, next(iter(keys)))
        known = self.pairs.get(pair)
        if known is None or CLASSES.index(klass) < CLASSES.index(known):
            self.pairs[pair] = klass
        self.places[pair].append(span)


class Ours:
    """Pairs that we have: pair -> edges."""

    def __init__(self, calls, functions, sources, prefix):
        known = {key for keys in functions.bodies for key in [keys]}
        self.pairs, self.unresolved = collections.defaultdict(list), {}
        self.at = collections.defaultdict(list)
        where = {}
        for function in calls["functions"]:
            file = os.path.normpath(os.path.join(prefix, function["file"]))
            where[function["id"]] = (file, function["line"], function["path"].rsplit("::", 1)[-1])
        for call in calls["calls"]:
            caller, callee = where[call["from"]], where[call["to"]]
            call["file"] = os.path.normpath(os.path.join(prefix, call["file"]))
            self.at[(call["file"], call["line"], call["column"])].append(callee)
            if caller in known and callee in known:
                call["class"] = self.class_of(call, callee, sources)
                self.pairs[(caller, callee)].append(call)
        for call in calls["unresolved"]["calls"]:
            file = os.path.normpath(os.path.join(prefix, call["file"]))
            self.unresolved[(file, call["line"], call["column"])] = call["why"]

    @staticmethod
    def class_of(call, callee, sources):
        file, line, column = call["file"], call["line"], call["column"]
        if sources.in_local_macro(file, line, column):
            return "macro"
        if call["kind"] == "runs":
            return "implicit"
        if call["kind"] == "names":
            return "value"
        text = sources.file(file)
        before = text.code[: text.offset(line, column)].rstrip()
        if before.endswith(".") and not before.endswith(".."):
            return sources.receiver_class(file, line, column)
        return "path"


def show(key):
    return f"{key[2]} ({key[0]}:{key[1]})"


def measure(truth, ours, limit, wanted):
    rows = {klass: [0, 0, 0, 0] for klass in CLASSES}  # found, of truth, right, of ours
    missed, wrong = collections.defaultdict(list), collections.defaultdict(list)
    allowed = collections.defaultdict(set)
    for caller, keys, _, _ in truth.open:
        allowed[caller] |= keys
    for pair, klass in truth.pairs.items():
        rows[klass][1] += 1
        if pair in ours.pairs:
            rows[klass][0] += 1
        else:
            missed[klass].append((reason(pair, truth, ours), pair, truth.places[pair][0]))
    evidence = collections.defaultdict(lambda: [0, 0])
    seen = set()
    for caller, keys, klass, span in truth.open:
        if (caller, keys) in seen or any((caller, key) in truth.pairs for key in keys):
            continue
        seen.add((caller, keys))
        rows[klass][1] += 1
        if any((caller, key) in ours.pairs for key in keys):
            rows[klass][0] += 1
        else:
            pair = (caller, sorted(keys)[0])
            truth.places[pair].append(span)
            missed[klass].append((reason(pair, truth, ours), pair, span))
    for pair, calls in ours.pairs.items():
        klass = truth.pairs.get(pair) or min((call["class"] for call in calls), key=CLASSES.index)
        rows[klass][3] += 1
        is_right = pair in truth.pairs or pair[1] in allowed[pair[0]]
        evidence[calls[0]["why"]][0] += is_right
        evidence[calls[0]["why"]][1] += 1
        if is_right:
            rows[klass][2] += 1
        else:
            wrong[klass].append((calls[0]["why"], pair, (calls[0]["file"], calls[0]["line"], calls[0]["column"])))
    report(rows, missed, wrong, limit, wanted)
    print("right by evidence: " + ", ".join(f"{why} {right} of {of}" for why, (right, of) in sorted(evidence.items())))


def reason(pair, truth, ours):
    for span in truth.places[pair]:
        whys = [why for (file, line, column), why in ours.unresolved.items() if file == span[0] and (span[1], span[2]) <= (line, column) <= (span[3], span[4])]
        if whys:
            return whys[0]
        others = [callee for (file, line, column), callees in ours.at.items() if file == span[0] and (line, column) == (span[1], span[2]) for callee in callees]
        if others:
            return "other callee"
    return "taken for external" if truth.pairs.get(pair) in ("typed", "inferred") else "not seen"


def percent(part, whole):
    return f"{100 * part / whole:5.1f}" if whole else "    -"


def report(rows, missed, wrong, limit, wanted):
    print(f"{'class':10} {'recall %':>9} {'found':>7} {'of':>6} {'precision %':>12} {'right':>7} {'of':>6}")
    named = ["path", "value", "typed", "inferred"]
    sums = {"calls": named, "all": named + ["implicit"]}
    table = [(klass, rows[klass]) for klass in CLASSES]
    table += [(name, [sum(rows[klass][at] for klass in parts) for at in range(4)]) for name, parts in sums.items()]
    for name, (found, of, right, total) in table:
        print(f"{name:10} {percent(found, of):>9} {found:7} {of:6} {percent(right, total):>12} {right:7} {total:6}")
    for title, lists in (("missed", missed), ("wrong", wrong)):
        for klass in CLASSES:
            counts = collections.Counter(why for why, _, _ in lists[klass])
            if counts:
                print(f"{title} {klass}: " + ", ".join(f"{number} {why}" for why, number in counts.most_common()))
            if wanted in (klass, "all"):
                for why, (caller, callee), span in sorted(lists[klass], key=str)[:limit]:
                    print(f"  {title} {klass}: {span[0]}:{span[1]}:{span[2]} {show(caller)} -> {show(callee)}: {why}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", required=True)
    parser.add_argument("--package", required=True, type=Path)
    parser.add_argument("--analyze", type=Path)
    parser.add_argument("--cargo", default="")
    parser.add_argument("--mir", type=Path)
    parser.add_argument("--calls", type=Path)
    parser.add_argument("--show", default="")
    parser.add_argument("--limit", type=int, default=1000)
    options = parser.parse_args()
    package = options.package.resolve()
    with tempfile.TemporaryDirectory() as folder:
        text = options.mir or Path(folder) / "mir.txt"
        if not text.is_file():
            mir_text(package, options.cargo, text)
        bodies, refs, drops = mir.read(text)
    root = workspace_root(package, dict(os.environ))
    sources = Sources(root)
    analyzed = (options.analyze or package).resolve()
    calls = json.loads(options.calls.read_text()) if options.calls else our_calls(options.bin, analyzed)
    functions = Functions(bodies, sources)
    truth = Truth(bodies, refs, drops, functions, sources)
    ours = Ours(calls, functions, sources, os.path.relpath(analyzed, root))
    measure(truth, ours, options.limit, options.show)


if __name__ == "__main__":
    main()
