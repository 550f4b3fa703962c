#!/usr/bin/env python3
"""Checks a SAM template: usage: check_template.py TEMPLATE

Parses it, translates it with the SAM translator, and runs cfn-lint on both the template and the CloudFormation that
comes out. Prints what was found and exits with 1 on any error or warning.
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
    config = cfnlint.config.ManualArgs(regions=[REGION])
    findings = cfnlint.api.lint_file(Path(path), config)
    count = 0
    for finding in sorted(findings, key=lambda finding: (finding.linenumber, finding.rule.id)):
        if finding.rule.severity not in ("error", "warning"):
            continue
        count += 1
        print(f"{shown}:{finding.linenumber}: {finding.rule.severity} {finding.rule.id}: {finding.message}")
    return count


def main(path):
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
    with tempfile.NamedTemporaryFile("w", suffix=".json") as translated:
        json.dump(cfn, translated, indent=1, default=str)
        translated.flush()
        found += lint(translated.name, f"{path} (translated)")
    print(f"{path}: {len(sam['Resources'])} resources, {len(cfn['Resources'])} translated, {found} findings")
    return 1 if found else 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
