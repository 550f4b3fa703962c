"""The program's files as text: where functions stand, what stands at a place, what kind of receiver a method has.

Deliberately absent: any parsing beyond brackets and words. It only sorts edges into classes; who calls whom comes from rustc.
"""

import bisect
import re
from functools import lru_cache
from pathlib import Path

FN = re.compile(r"\bfn\s+([A-Za-z_]\w*)")
MACRO_RULES = re.compile(r"\bmacro_rules!\s*([A-Za-z_]\w*)\s*([{(\[])")
TYPE = re.compile(r"\b(?:struct|enum|union)\s+([A-Z]\w*)")
ALIAS = re.compile(r"\btype\s+([A-Z]\w*)(?:<[^=]*>)?\s*=\s*([^;]+);")
RENAME = re.compile(r"([A-Za-z_][\w:]*)\s+as\s+([A-Z]\w*)")
WORD = re.compile(r"[A-Za-z_]\w*")


class File:
    def __init__(self, text):
        self.text = text
        self.code = blanked(text)
        self.starts = [0] + [at + 1 for at, c in enumerate(text) if c == "\n"]
        self.fns = [(found.start(1), found[1]) for found in FN.finditer(self.code)]
        self.macros = []
        for found in MACRO_RULES.finditer(self.code):
            self.macros.append((found[1], found.start(), closing(self.code, found.end() - 1)))

    def offset(self, line, column):
        return self.starts[min(line, len(self.starts)) - 1] + column - 1

    def line(self, offset):
        return bisect.bisect_right(self.starts, offset)

    def fn_before(self, name, line):
        """Line of the last `fn name` that starts on this line or above."""
        lines = [self.line(at) for at, known in self.fns if known == name]
        at = bisect.bisect_right(lines, line)
        return lines[at - 1] if at else None

    def column_of(self, name, line):
        return next(at - self.starts[line - 1] + 1 for at, known in self.fns if known == name and self.line(at) == line)

    def signature_and_body(self, offset):
        """The text of the innermost function around a place, from `fn` to the place."""
        for at, _ in reversed(self.fns):
            if at < offset:
                start = self.code.find("(", at)
                end = closing(self.code, start)
                if end >= offset:
                    continue
                body = self.code.find("{", end)
                if body < 0 or closing(self.code, body) < offset:
                    continue
                return self.code[start:end], self.code[end:offset]
        return "", ""

    def in_macro_rules(self, offset):
        return any(start <= offset < end for _, start, end in self.macros)


def blanked(text):
    """The text with comments, and the insides of strings, as blanks."""
    pattern = r'//[^\n]*|/\*.*?\*/|b?r(#*)".*?"\1|b?"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])\''
    return re.sub(pattern, lambda m: re.sub(r"[^\n]", " ", m[0]), text, flags=re.S)


def closing(code, at):
    depth = 0
    for end in range(at, len(code)):
        depth += (code[end] in "([{") - (code[end] in ")]}")
        if depth == 0:
            return end
    return len(code)


class Sources:
    def __init__(self, root):
        self.root = Path(root)

    @lru_cache(maxsize=None)
    def file(self, path):
        full = self.root / path
        inside = not Path(path).is_absolute() or full.is_relative_to(self.root)
        return File(full.read_text(encoding="utf-8")) if inside and full.is_file() else None

    @lru_cache(maxsize=None)
    def everything(self):
        files = (path for path in sorted(self.root.rglob("*.rs")) if "target" not in path.parts)
        return blanked("\n".join(path.read_text(encoding="utf-8", errors="replace") for path in files))

    @lru_cache(maxsize=None)
    def local_macros(self):
        return {found[1] for found in MACRO_RULES.finditer(self.everything())}

    @lru_cache(maxsize=None)
    def types(self):
        return {found[1] for found in TYPE.finditer(self.everything())}

    @lru_cache(maxsize=None)
    def aliases(self):
        """Names of aliases with what they stand for."""
        return {found[1]: re.sub(r"\s+", " ", found[2]) for found in ALIAS.finditer(self.everything())}

    @lru_cache(maxsize=None)
    def renames(self):
        """Names that imports give: `DieselError` -> `diesel::result::Error`, as far as one line tells."""
        found = RENAME.finditer(self.everything())
        return {one[2]: one[1] for one in found}

    def meaning(self, ty):
        """A written type with a renamed or aliased head replaced."""
        name = re.sub(r"<.*", "", ty.strip(), flags=re.S)
        return self.aliases().get(name) or self.renames().get(name) or ty

    def text(self, span):
        file = self.file(span[0])
        return file.text[file.offset(span[1], span[2]) : file.offset(span[3], span[4])] if file else ""

    def in_local_macro(self, path, line, column):
        """Whether a place stands in a `macro_rules!` of the program, or in a call of one."""
        file = self.file(path)
        if not file:
            return False
        offset = file.offset(line, column)
        return file.in_macro_rules(offset) or any(name in self.local_macros() for name in self.macros_around(file, offset))

    @staticmethod
    def macros_around(file, offset):
        """Names of the macros in whose arguments a place stands."""
        depth, at = 0, offset - 1
        while at > 0 and offset - at < 20000:
            c = file.code[at]
            if c in ")]}":
                depth += 1
            elif c in "([{":
                depth -= 1
                if depth < 0:
                    before = re.search(r"([A-Za-z_]\w*)!\s*$", file.code[max(0, at - 60) : at])
                    if before:
                        yield before[1]
                    depth = 0
            at -= 1

    def made_by_foreign_macro(self, path, line, column):
        """Whether an item stands in the arguments of a macro of another crate."""
        file = self.file(path)
        offset = file.offset(line, column)
        body, end = file.code.find("{", offset), file.code.find(";", offset)
        if 0 <= end < body and file.code.count("(", offset, end) == file.code.count(")", offset, end):
            # A trait's function without a body: what has one was made by an attribute on the trait.
            signature = file.code[offset:end]
            if "[" not in signature:
                return True
        return any(name not in self.local_macros() for name in self.macros_around(file, file.offset(line, column)))

    def receiver_class(self, path, line, column):
        """`typed` for `self`, parameters, annotated locals and statics with fields, else `inferred`. The place is the method's name."""
        file = self.file(path)
        offset = file.offset(line, column)
        before = file.code[:offset].rstrip().removesuffix(".").rstrip()
        found = re.search(r"[A-Za-z_]\w*(?:\s*\.\s*[A-Za-z_0-9]\w*)*$", before)
        if not found:
            return "inferred"
        chain = re.split(r"\s*\.\s*", found[0])
        before_root = before[: found.start()].rstrip()
        if before_root.endswith((".", "?", ")")) and not before_root.endswith("..") or "await" in chain:
            return "inferred"
        root = chain[0]
        if root == "self" or root.isupper() or before_root.endswith("::"):
            return "typed"
        signature, body = file.signature_and_body(offset)
        annotated = re.search(rf"\blet\s+(?:mut\s+)?{root}\s*:", body)
        rebound = re.search(rf"\b(?:let|for|if let|while let)\b[^=;{{]*\b{root}\b[^=;{{]*(?:=|\bin\b)|\|[^|]*\b{root}\b[^|]*\|", body)
        if annotated:
            return "typed"
        return "typed" if re.search(rf"\b{root}\b", signature) and not rebound else "inferred"
