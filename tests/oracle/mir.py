"""Calls of a crate as rustc's MIR text has them.

Input: the text of `rustc -Zunpretty=mir -Ztrim-diagnostic-paths=no -Zmir-include-spans=on`. Output: `Body`s and `Ref`s.
Deliberately absent: what is whose function (`edges`). The text is for human eyes and may change with each rustc; this reads 1.95.
"""

import re
from dataclasses import dataclass, field

SPAN = re.compile(r"// \+ span: (.+?):(\d+):(\d+): (\d+):(\d+)")
PLACE = re.compile(r"// return place in scope 0 at (.+?):(\d+):(\d+)")
IMPL_AT = re.compile(r"<impl at (.+?):(\d+):(\d+): (\d+):(\d+)>")
LOCAL = re.compile(r"^ +let (?:mut )?(_\d+): (.+?);\s*(?://|$)")
DROP = re.compile(r"^ +drop\((_\d+)\) -> .*// scope \d+ at (.+?):(\d+):(\d+)")
CLOSURE = re.compile(r"(::\{(?:closure|constant|async|promoted|synthetic)[^}]*\})+")


@dataclass
class Body:
    """A function, const or static of the crate; closures are bodies of their own, with an owner."""

    path: str
    owner: str
    place: tuple = None
    params: list = field(default_factory=list)
    ret: str = ""


@dataclass
class Ref:
    """A function that a body calls or names: `value` is rustc's name for it with all types filled in."""

    owner: str
    value: str
    is_call: bool
    span: tuple


@dataclass
class Drop:
    owner: str
    ty: str
    place: tuple


def depth_split(text, separator):
    """Splits outside of brackets."""
    parts, depth, start, at = [], 0, 0, 0
    while at < len(text):
        c = text[at]
        if c in "<([{":
            depth += 1
        elif c in ")]}" or c == ">" and text[at - 1 : at] not in ("-", "="):
            depth -= 1
        elif depth == 0 and text.startswith(separator, at):
            parts.append(text[start:at])
            at += len(separator)
            start = at
            continue
        at += 1
    parts.append(text[start:])
    return parts


def strip_closures(path):
    """`a::f::{closure#0}::{closure#1}` -> `a::f`, but `a::f::{closure#0}::inner` stays: that is a function."""
    return re.sub(CLOSURE.pattern + "$", "", path.split("::promoted[")[0])


def head(line):
    """Name, parameter types and return type of a `fn`, `const` or `static` line."""
    kind, rest = line.split(" ", 1)
    rest = rest.removeprefix("mut ")
    if kind != "fn":
        return depth_split(rest, ": ")[0], [], ""
    depth = 0
    for at, c in enumerate(rest):
        if c == "<":
            depth += 1
        elif c == ">" and rest[at - 1] != "-":
            depth -= 1
        elif c == "(" and depth == 0:
            break
    name, depth = rest[:at], 0
    for end in range(at, len(rest)):
        depth += (rest[end] == "(") - (rest[end] == ")")
        if depth == 0:
            break
    inside = rest[at + 1 : end]
    params = [part.split(": ", 1)[1] for part in depth_split(inside, ", ") if ": " in part]
    ret = rest[end + 1 :].removeprefix(" -> ").strip().removesuffix("{").strip()
    return name, params, ret


def read(path):
    """All bodies by path, all references, all drops of locals."""
    bodies, refs, drops = {}, [], []
    body, span, statement, locals_ = None, None, "", {}
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            if line[0] not in " \n/}":
                locals_ = {}
                if line.startswith(("fn ", "const ", "static ")):
                    name, params, ret = head(line)
                    body = Body(name, strip_closures(name), None, params, ret)
                    bodies.setdefault(name, body)
                    locals_ = {f"_{at + 1}": ty for at, ty in enumerate(params)}
                elif line.startswith("promoted[") and " in " in line:
                    name = line.split(" in ", 1)[1].split(":: {")[0].rstrip(" {\n:")
                    body = Body(name, strip_closures(name))
                else:
                    body = None
                continue
            if body is None:
                continue
            if body.place is None and (found := PLACE.search(line)):
                body.place = (found[1], int(found[2]), int(found[3]))
            if found := LOCAL.match(line):
                locals_[found[1]] = found[2]
            if found := DROP.match(line):
                ty = locals_.get(found[1])
                if ty:
                    drops.append(Drop(body.owner, ty, (found[2], int(found[3]), int(found[4]))))
            if "// +" not in line and "// mir::ConstOperand" not in line:
                statement = line.strip()
                continue
            if found := SPAN.search(line):
                span = (found[1], *(int(number) for number in found.groups()[1:]))
                continue
            if "// + const_: Const {" not in line or span is None:
                continue
            text = line.rstrip()
            at = text.rfind(", val: Value(")
            if at < 0 or "fn(" not in text[:at]:
                continue
            value = text[at + 13 : -3]
            if not value.startswith(("<", "{")) and not value[:1].isalpha() and value[:1] != "_":
                continue
            is_call = f"= {value}(" in statement or f"= move {value}" in statement
            refs.append(Ref(body.owner, value, is_call, span))
    return bodies, refs, drops
