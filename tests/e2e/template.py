"""What a SAM template deploys: routes, functions, their environment and permissions, as the SAM translator understands it.

Nothing here comes from the program that wrote the template. It is read like any other: translated to CloudFormation,
then the routes are taken from the OpenAPI body of the HTTP API, or from raw routes where the API has no body, and the functions from
the integrations' URIs. Nested stacks whose templates lie beside it are deployed with it.
"""

import copy
import os
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

import yaml

os.environ.setdefault("AWS_DEFAULT_REGION", "eu-west-1")

from samtranslator.translator.transform import transform  # noqa: E402
from samtranslator.yaml_helper import yaml_parse  # noqa: E402

from fake_aws import ACCOUNT, REGION  # noqa: E402
from gateway import Route  # noqa: E402

ANY = "x-amazon-apigateway-any-method"
METHODS = {"get", "head", "post", "put", "patch", "delete", "options", "trace"}


# What GetAtt gives for `Arn`, and the property that names the resource.
ARNS = {
    "AWS::DynamoDB::Table": ("arn:aws:dynamodb:{region}:{account}:table/{name}", "TableName"),
    "AWS::Logs::LogGroup": ("arn:aws:logs:{region}:{account}:log-group:{name}:*", "LogGroupName"),
    "AWS::S3::Bucket": ("arn:aws:s3:::{name}", "BucketName"),
    "AWS::SQS::Queue": ("arn:aws:sqs:{region}:{account}:{name}", "QueueName"),
}


class TemplateError(Exception):
    """The template says something that cannot be run here."""


def find_binary(folder, name):
    """A program as cargo lays it out, or as cargo-lambda does."""
    for path in (folder / name, folder / name / "bootstrap"):
        if path.is_file():
            return path.resolve()
    raise TemplateError(f"no program {name} in {folder}")


class _ManagedPolicies:
    """Stands in for the translator's list of managed policies, which it would ask IAM for."""

    def load(self):
        return {}


def read(path):
    return yaml_parse(Path(path).read_text())


def translate(sam, parameters=None):
    """The CloudFormation template that SAM makes of `sam`."""
    sam = copy.deepcopy(sam)
    # The bare translator takes code from S3 only; `sam package` would have put it there.
    (sam.get("Globals") or {}).get("Function", {}).pop("CodeUri", None)
    for resource in sam["Resources"].values():
        if resource.get("Type") == "AWS::Serverless::Function":
            resource.setdefault("Properties", {})["CodeUri"] = "s3://bucket/key"
    return transform(sam, dict(parameters or {}), _ManagedPolicies())


@dataclass
class DeployedFunction:
    name: str
    binary: str
    environment: dict


@dataclass
class Statement:
    """A statement of a policy without intrinsic functions, and the comments above it."""

    document: dict
    comments: list


def nested(path, sam):
    """The nested stacks of a template: logical id -> path of their template and what they are given."""
    stacks = {}
    for name, resource in sam["Resources"].items():
        if resource.get("Type") == "AWS::CloudFormation::Stack":
            properties = resource["Properties"]
            stacks[name] = (Path(path).parent / properties["TemplateURL"], properties.get("Parameters", {}))
    return stacks


# What nested stacks may be given of an API of their parent.
_API = "api-of-the-root"


class Deployment:
    """The routes and functions of one template, and of those nested in it, with the parameters of one sample."""

    def __init__(self, path, seed, given=None):
        self.path = Path(path)
        self.sam = read(path)
        self._given = given
        # The same file with the places of everything in it.
        self._tree = yaml.compose(self.path.read_text(), Loader=yaml.SafeLoader)
        self.seed = seed
        self.parameters = self._parameters()
        self.cfn = translate(self.sam, self.parameters)
        self.resources = self.cfn["Resources"]
        self.stacks = []
        for name, (stack, parameters) in nested(path, self.sam).items():
            declared = set(read(stack).get("Parameters") or {})
            if set(parameters) != declared:
                raise TemplateError(f"{name} is given {sorted(parameters)}, and {stack} wants {sorted(declared)}")
            values = {key: self.resolve(value) for key, value in parameters.items()}
            self.stacks.append(Deployment(stack, seed, {key: value for key, value in values.items() if value is not None}))

    def _parameters(self):
        """Each parameter's value: listed in seed.json, or that of the variable of the same name, or its default."""
        if self._given is not None:
            return self._given
        values = {}
        variables = {_plain(name): value for name, value in self.seed.get("environment", {}).items()}
        for name, declaration in (self.sam.get("Parameters") or {}).items():
            plain = _plain(name)
            candidates = [variables.get(plain), variables.get(plain.removesuffix("name"))]
            found = next((value for value in candidates if value is not None), declaration.get("Default"))
            value = self.seed.get("parameters", {}).get(name, found)
            if value is not None:
                values[name] = str(value)
        return values

    def routes(self):
        """All routes of the one HTTP API."""
        found = []
        apis = [r for r in self.resources.values() if r["Type"] == "AWS::ApiGatewayV2::Api"]
        if len(apis) != 1:
            raise TemplateError(f"{self.path} has {len(apis)} HTTP APIs, not one")
        raw = [route for one in (self, *self.stacks) for route in one.raw_routes()]
        body = apis[0]["Properties"].get("Body")
        if body and raw:
            raise TemplateError("an API with a body loses the routes that are made beside it")
        for route in raw:
            if any(other.key == route.key for other in found):
                raise TemplateError(f"the gateway refuses a second route {route.key}")
            found.append(route)
        for path, item in (body or {"paths": {}})["paths"].items():
            for method, operation in item.items():
                if method != ANY and method not in METHODS:
                    continue
                function = self._target(operation["x-amazon-apigateway-integration"]["uri"])
                name = "ANY" if method == ANY else method.upper()
                found.append(Route(name, None if path.strip("/") == "$default" else path, function))
        for route in found:
            if route.path and route.path != "/" and route.path.endswith("/"):
                raise TemplateError(f"the gateway refuses a route key that ends in a slash: {route.key}")
        _check_variable_names(found)
        return found

    def raw_routes(self):
        """The routes of this stack that are resources."""
        found = []
        for name, resource in self.resources.items():
            if resource["Type"] != "AWS::ApiGatewayV2::Route":
                continue
            properties = resource["Properties"]
            api = self.resolve(properties["ApiId"])
            integration = self.resources[properties["Target"]["Fn::Sub"].removeprefix("integrations/${").removesuffix("}")]
            if api != _API or self.resolve(integration["Properties"]["ApiId"]) != _API:
                raise TemplateError(f"{name} is a route of another API")
            target = integration["Properties"]["IntegrationUri"]
            function = target["Fn::GetAtt"][0] if "Fn::GetAtt" in target else target["Ref"]
            key = properties["RouteKey"]
            method, _, path = key.partition(" ")
            self._check_permission(function, key if key == "$default" else f"{'*' if method == 'ANY' else method}{path}")
            found.append(Route("ANY", None, function) if key == "$default" else Route(method, path, function))
        return found

    def _check_permission(self, function, source):
        """The API may call the function for the route whose part of a source ARN, but for its variables, is `source`."""
        source = re.sub(r"\{[^}/]*\}", "*", source)
        for resource in self.resources.values():
            properties = resource["Properties"]
            if resource["Type"] == "AWS::Lambda::Permission" and properties["FunctionName"] == {"Ref": function}:
                arn = self.resolve(properties["SourceArn"])
                if arn == f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{_API}/*/{source}":
                    return
        raise TemplateError(f"the API may not call {function} for {source}")

    def _target(self, uri):
        """The logical id of the function that an integration calls, through an alias or not."""
        match = re.search(r"functions/\$\{([^}.]+)(?:\.Arn)?\}/invocations", uri["Fn::Sub"])
        if not match:
            raise TemplateError(f"cannot read the integration {uri}")
        if match[1] in (self.sam.get("Parameters") or {}):
            return match[1]
        resource = self.resources[match[1]]
        if resource["Type"] == "AWS::Lambda::Alias":
            return resource["Properties"]["FunctionName"]["Ref"]
        return match[1]

    def existing(self, routes):
        """Functions of other stacks that routes lead to: names of parameters."""
        parameters = self.sam.get("Parameters") or {}
        return sorted({route.function for route in routes} & set(parameters))

    def functions(self):
        for stack in self.stacks:
            yield from stack.functions()
        for name, resource in self.resources.items():
            if resource["Type"] != "AWS::Lambda::Function":
                continue
            variables = resource["Properties"].get("Environment", {}).get("Variables", {})
            environment = {}
            for key, value in variables.items():
                resolved = self.resolve(value)
                if resolved is not None:
                    environment[key] = str(resolved)
            yield DeployedFunction(name, self._binary(name), environment)

    def _binary(self, name):
        """The name of the program that cargo-lambda would build for a function."""
        function = self.sam["Resources"][name]
        named = function.get("Metadata", {}).get("BuildProperties", {}).get("Binary")
        if named:
            return named
        code = function["Properties"].get("CodeUri", ".")
        manifest = self.path.parent / code / "Cargo.toml"
        package = tomllib.loads(manifest.read_text())
        binaries = package.get("bin", [])
        return binaries[0]["name"] if binaries else package["package"]["name"]

    def statements(self, function):
        """What the role of a function allows: its own policies, and the template's managed ones that it has."""
        for stack in self.stacks:
            if function in stack.resources:
                return stack.statements(function)
        role = self.resources[function]["Properties"]["Role"]["Fn::GetAtt"][0]
        places = [
            (role, index, policy["PolicyDocument"])
            for index, policy in enumerate(self.resources[role]["Properties"].get("Policies", []))
        ]
        attached = []
        for arn in self.resources[role]["Properties"].get("ManagedPolicyArns", []):
            if not isinstance(arn, dict):
                raise TemplateError(f"{role} has the policy {arn}, and what that allows is not in the template")
            attached.append(arn["Ref"])
        for name, resource in self.resources.items():
            if resource["Type"] in ("AWS::IAM::ManagedPolicy", "AWS::IAM::Policy"):
                if name in attached or {"Ref": role} in resource["Properties"].get("Roles", []):
                    places.append((name, None, resource["Properties"]["PolicyDocument"]))
        return [
            Statement(self._deep(statement), self._comments(name, index, number))
            for name, index, document in places
            for number, statement in enumerate(document["Statement"])
        ]

    def _comments(self, resource, index, number):
        """The comments directly above a statement of a policy, a role's own or a managed one."""
        policies = [] if index is None else ["Policies", index]
        lines = self.path.read_text().splitlines()
        node = self._tree
        for key in ("Resources", resource, "Properties", *policies, "PolicyDocument", "Statement", number):
            inside = enumerate(node.value) if isinstance(key, int) else ((name.value, value) for name, value in node.value)
            node = dict(inside).get(key)
            if node is None:
                # The SAM translator made it.
                return []
        above = node.start_mark.line
        comments = []
        while above and lines[above - 1].strip().startswith("#"):
            above -= 1
            comments.insert(0, lines[above].strip().lstrip("# "))
        return comments

    def _deep(self, value):
        """A value with all intrinsic functions in it worked out."""
        if isinstance(value, list):
            return [self._deep(one) for one in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1 and next(iter(value)).startswith(("Ref", "Fn::")):
            return self.resolve(value)
        return {key: self._deep(one) for key, one in value.items()}

    def resolve(self, value):
        """A value with its intrinsic functions worked out. None stands for AWS::NoValue."""
        if not isinstance(value, dict) or len(value) != 1:
            return value
        (function, argument), *_ = value.items()
        match function:
            case "Ref":
                return self._ref(argument)
            case "Fn::Sub":
                text, extra = argument if isinstance(argument, list) else (argument, {})

                def variable(found):
                    name = found[1]
                    if name in extra:
                        return str(self.resolve(extra[name]))
                    if "." in name:
                        return str(self.resolve({"Fn::GetAtt": name.split(".", 1)}))
                    return str(self._ref(name))

                return re.sub(r"\$\{([^!}][^}]*)\}", variable, text)
            case "Fn::GetAtt":
                return self._attribute(*argument)
            case "Fn::Join":
                separator, parts = argument
                return separator.join(str(self.resolve(part)) for part in parts)
            case _:
                raise TemplateError(f"cannot work out {value}")

    def _ref(self, name):
        pseudo = {
            "AWS::Region": REGION,
            "AWS::AccountId": ACCOUNT,
            "AWS::Partition": "aws",
            "AWS::StackName": "stack",
            "AWS::URLSuffix": "amazonaws.com",
            "AWS::NoValue": None,
        }
        if name in pseudo:
            return pseudo[name]
        if name in self.parameters:
            return self.parameters[name]
        if name in (self.sam.get("Parameters") or {}):
            raise TemplateError(f"the parameter {name} has no value: list it under `parameters` of seed.json")
        if self.resources.get(name, {}).get("Type") == "AWS::ApiGatewayV2::Api":
            return _API
        properties = self.resources.get(name, {}).get("Properties", {})
        for key in ("TableName", "BucketName"):
            if key in properties:
                return self.resolve(properties[key])
        raise TemplateError(f"cannot work out Ref {name}")

    def _attribute(self, name, attribute):
        resource = self.resources.get(name, {})
        form = ARNS.get(resource.get("Type"))
        if attribute != "Arn" or form is None:
            raise TemplateError(f"cannot work out {name}.{attribute}")
        arn, named_by = form
        return arn.format(region=REGION, account=ACCOUNT, name=self.resolve(resource["Properties"][named_by]))


def _plain(name):
    return re.sub("[^a-z0-9]", "", name.lower())


def _check_variable_names(routes):
    """The gateway refuses two names for the variable at one place of the path."""
    names = {}
    for route in routes:
        place = []
        for part in (route.path or "").split("/")[1:]:
            if part.startswith("{"):
                known = names.setdefault((tuple(place), part.endswith("+}")), part)
                if known != part:
                    raise TemplateError(f"the gateway refuses {route.key}: {part} is called {known} elsewhere")
                part = "{}"
            place.append(part)
