"""Identity policies: what they allow, after AWS's documentation.

Comes in: a request as AWS authorizes it (an action on an ARN, with the values of condition keys) and statements. Goes out: allowed or not.
Absent on purpose: every other kind of policy (of resources, boundaries, organisations). A function of the proof has only its role. What the
evaluator does not know raises `Unsupported`; it never decides by guessing.

Rules, with their pages under https://docs.aws.amazon.com/IAM/latest/UserGuide/:

    an explicit Deny, else an Allow, else denied            reference_policies_evaluation-logic_policy-eval-denyallow.html
    actions: any case, `*` and `?`                          reference_policies_elements_action.html
    ARNs: wildcards within a segment, the last one open     reference_policies_elements_resource.html
    ARNs that lack segments at their end                    reference_identifiers.html
    `${*}`, `${?}` and `${$}` are the characters themselves  reference_policies_variables.html
    operators, negated ones, IfExists, Null                 reference_policies_elements_condition_operators.html
    ForAllValues and ForAnyValue                            reference_policies_condition-single-vs-multi-valued-context-keys.html
    several values or keys: one value, but all keys         reference_policies_condition-logic-multiple-context-keys-or-values.html
"""

import re
from dataclasses import dataclass, field


class Unsupported(Exception):
    """A policy says something that this evaluator does not know."""


@dataclass(frozen=True)
class Need:
    """What one part of a request must be allowed to do. `context` has a list of values for each condition key that the request has."""

    action: str
    resource: str
    context: dict = field(default_factory=dict, compare=False)

    def __str__(self):
        return f"{self.action} on {self.resource}"


def allows(statements, need):
    effects = {statement["Effect"] for statement in statements if applies(statement, need)}
    return effects == {"Allow"}


def applies(statement, need):
    return (
        _listed(statement, "Action", lambda pattern: matches(pattern.lower(), need.action.lower()))
        and _listed(statement, "Resource", lambda pattern: matches_resource(pattern, need.resource))
        and holds(statement.get("Condition", {}), need.context)
    )


def as_list(value):
    return value if isinstance(value, list) else [value]


def _listed(statement, element, matched):
    if f"Not{element}" in statement:
        return not any(map(matched, as_list(statement[f"Not{element}"])))
    return any(map(matched, as_list(statement[element])))


def tokens(text):
    """What a text of a policy is made of: characters, and those of them that stand for themselves."""
    found = re.findall(r"\$\{[^}]*\}|.", text, re.DOTALL)
    for token in found:
        if len(token) > 1 and token not in ("${*}", "${?}", "${$}"):
            raise Unsupported(f"the policy variable {token}")
    return found


def literal(text):
    """A text of a policy where nothing stands for other characters."""
    return "".join(token if len(token) == 1 else token[2] for token in tokens(text))


def matches(pattern, text):
    """`*` stands for any characters and `?` for one."""
    wildcards = {"*": ".*", "?": "."}
    parts = [wildcards.get(token) or re.escape(literal(token)) for token in tokens(pattern)]
    return re.fullmatch("".join(parts), text, re.DOTALL) is not None


def matches_resource(pattern, arn):
    """An ARN of a statement may lack parts at its end, which are `*`."""
    return pattern == "*" or matches_arn(pattern + ":*" * (5 - pattern.count(":")), arn)


def matches_arn(pattern, arn):
    if pattern == "*":
        return True
    # arn:partition:service:region:account:resource, of which only the last part has colons.
    wanted, found = pattern.split(":", 5), arn.split(":", 5)
    return len(wanted) == len(found) and all(map(matches, wanted, found))


# Of a value of the policy and one of the request.
OPERATORS = {
    "StringEquals": lambda wanted, found: literal(wanted) == found,
    "StringEqualsIgnoreCase": lambda wanted, found: literal(wanted).lower() == found.lower(),
    "StringLike": matches,
    "ArnEquals": matches_arn,
    "ArnLike": matches_arn,
    "Bool": lambda wanted, found: literal(wanted).lower() == found.lower(),
    "NumericEquals": lambda wanted, found: float(wanted) == float(found),
    "NumericLessThanEquals": lambda wanted, found: float(found) <= float(wanted),
}
NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NumericNotEquals": "NumericEquals",
}


def holds(condition, context):
    """All operators of a condition, and all keys of each."""
    # The names of condition keys have no case.
    context = {key.lower(): values for key, values in context.items()}
    return all(
        _holds(operator, key, [_text(value) for value in as_list(wanted)], context.get(key.lower()))
        for operator, keys in condition.items()
        for key, wanted in keys.items()
    )


def _holds(operator, key, wanted, found):
    """`found` is None where the request does not have the key."""
    quantifier, _, name = operator.rpartition(":")
    if name == "Null":
        return (not found) == (wanted == ["true"])
    if_exists, name = name.endswith("IfExists"), name.removesuffix("IfExists")
    negated = name in NEGATED
    compare = OPERATORS.get(NEGATED.get(name, name))
    if compare is None or quantifier not in ("", "ForAllValues", "ForAnyValue"):
        raise Unsupported(f"the condition operator {operator}")
    if not found:
        if if_exists and quantifier == "ForAnyValue":
            raise Unsupported(f"{operator} on {key}, which is not there")
        # No values at all: true for all of them, false for any of them.
        return if_exists or (quantifier == "ForAllValues" if quantifier else negated)
    if len(found) > 1 and not quantifier:
        raise Unsupported(f"{operator} on {key}, which has several values")
    results = [any(compare(value, one) for value in wanted) != negated for one in found]
    return any(results) if quantifier == "ForAnyValue" else all(results)


def _text(value):
    return str(value).lower() if isinstance(value, bool) else str(value)
