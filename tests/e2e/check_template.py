#!/usr/bin/env python3
"""Checks a SAM template: usage: check_template.py TEMPLATE

Parses it, translates it with the SAM translator, and runs cfn-lint on both the template and the CloudFormation that
comes out; then does the same with each nested stack. Prints what was found and exits with 1 on any error or warning, also where the
stacks together have a route key twice or a template is larger than CloudFormation allows.
"""

import json
import sys
import tempfile
from pathlib import Path

import cfnlint.api
import cfnlint.config
import yaml
from samtranslator.model.exceptions import InvalidDocumentException

import template
from fake_aws import REGION


def lint(path, shown):
    """Prints the findings in one file; says how many are errors or warnings."""
    # A nested template is a local file until `sam deploy` uploads it.
    config = cfnlint.config.ManualArgs(regions=[REGION], ignore_checks=["W3002"])
    findings = cfnlint.api.lint_file(Path(path), config)
    count = 0
    for finding in sorted(findings, key=lambda finding: (finding.linenumber, finding.rule.id)):
        if finding.rule.severity not in ("error", "warning"):
            continue
        count += 1
        print(f"{shown}:{finding.linenumber}: {finding.rule.severity} {finding.rule.id}: {finding.message}")
    return count


# CloudFormation user guide, "CloudFormation quotas".
RESOURCES = 500
BYTES = 1_000_000


def main(path):
    failed = check(path)
    sam = template.read(path)
    stacks = template.nested(path, sam)
    for stack, _ in stacks.values():
        failed |= check(str(stack))
    if stacks:
        routes = template.Deployment(path, EVERY_PARAMETER).routes()
        print(f"{path}: {len(stacks)} nested stacks, {len(routes)} route keys, each once")
    return failed


class _Any(dict):
    """A value for whatever is asked for."""

    def get(self, _key, _default=None):
        return "value"


EVERY_PARAMETER = {"parameters": _Any()}


def check(path):
    found = lint(path, path)
    try:
        sam = template.read(path)
        cfn = template.translate(sam)
    except InvalidDocumentException as error:
        for cause in error.causes:
            print(f"{path}: error: {cause.message}")
        return 1
    except yaml.YAMLError as error:
        print(f"{path}: error: {error}")
        return 1
    # In the same folder, so that nested templates are found.
    with tempfile.NamedTemporaryFile("w", suffix=".json", dir=Path(path).parent) as translated:
        json.dump(cfn, translated, indent=1, default=str)
        translated.flush()
        found += lint(translated.name, f"{path} (translated)")
    size = Path(path).stat().st_size
    if len(cfn["Resources"]) > RESOURCES or size > BYTES:
        print(f"{path}: error: {len(cfn['Resources'])} resources and {size} bytes are too many")
        found += 1
    print(f"{path}: {len(sam['Resources'])} resources, {len(cfn['Resources'])} translated, {found} findings")
    return 1 if found else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
