"""The permissions that a template gives to a function."""

import tempfile
import unittest
from pathlib import Path

from template import Deployment, Statement, TemplateError

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Parameters:
  Books: {Type: String}
  Prefix: {Type: String, Default: new}
Resources:
  Shop:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: provided.al2023
      Handler: bootstrap
      Role: !GetAtt ShopRole.Arn
  Alone:
    Type: AWS::Serverless::Function
    Properties: {Runtime: provided.al2023, Handler: bootstrap, Role: !GetAtt AloneRole.Arn}
  ShopRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {}
      ManagedPolicyArns: [!Ref Shared]
      Policies:
        - PolicyName: shop
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              # why: GET /books: src/main.rs:7 Scan
              # why: GET /books: src/main.rs:9 Scan
              - Effect: Allow
                Action: dynamodb:Scan
                Resource: !Sub arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${Books}
              - Effect: Allow
                Action: [s3:ListBucket]
                Resource:
                  - !GetAtt Covers.Arn
                Condition:
                  StringLike:
                    s3:prefix: !Sub ${Prefix}/*
  AloneRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {}
      ManagedPolicyArns: [arn:aws:iam::aws:policy/AdministratorAccess]
  Shared:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      PolicyDocument:
        Version: "2012-10-17"
        Statement:
          # why: layer audit
          - {Effect: Allow, Action: "sqs:SendMessage", Resource: !Sub "${Audit.Arn}"}
  Covers: {Type: AWS::S3::Bucket, Properties: {BucketName: covers}}
  Audit: {Type: AWS::SQS::Queue, Properties: {QueueName: audit}}
"""


class Roles(unittest.TestCase):
    def setUp(self):
        folder = self.enterContext(tempfile.TemporaryDirectory())
        path = Path(folder) / "template.yaml"
        path.write_text(TEMPLATE)
        self.deployment = Deployment(path, {"environment": {"BOOKS": "books"}})

    def test_statements_are_without_intrinsic_functions_and_with_their_comments(self):
        scan = {"Action": "dynamodb:Scan", "Resource": "arn:aws:dynamodb:eu-west-1:123456789012:table/books"}
        covers = {"Action": ["s3:ListBucket"], "Resource": ["arn:aws:s3:::covers"]}
        prefix = {"Condition": {"StringLike": {"s3:prefix": "new/*"}}}
        audit = {"Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:eu-west-1:123456789012:audit"}
        expected = [
            Statement(
                {"Effect": "Allow"} | scan, ["why: GET /books: src/main.rs:7 Scan", "why: GET /books: src/main.rs:9 Scan"]
            ),
            Statement({"Effect": "Allow"} | covers | prefix, []),
            Statement({"Effect": "Allow"} | audit, ["why: layer audit"]),
        ]
        self.assertEqual(self.deployment.statements("Shop"), expected)

    def test_what_a_policy_of_aws_allows_is_not_known(self):
        with self.assertRaises(TemplateError):
            self.deployment.statements("Alone")


ROOT = """
Transform: AWS::Serverless-2016-10-31
Parameters: {Existing: {Type: String}, Books: {Type: String}}
Resources:
  Api: {Type: AWS::ApiGatewayV2::Api, Properties: {ProtocolType: HTTP, Name: shop}}
  Default: {Type: AWS::ApiGatewayV2::Integration, Properties: {ApiId: !Ref Api, IntegrationUri: !Ref Existing}}
  DefaultRoute: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Api, RouteKey: $default, Target: !Sub "integrations/${Default}"}}
  DefaultPermission:
    Type: AWS::Lambda::Permission
    Properties:
      FunctionName: !Ref Existing
      SourceArn: !Sub arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${Api}/*/$default
  Shop: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: shop.yaml, Parameters: {ApiOfRoot: !Ref Api, Table: !Ref Books}}}
"""

NESTED = """
Transform: AWS::Serverless-2016-10-31
Parameters: {ApiOfRoot: {Type: String}, Table: {Type: String}}
Resources:
  GetBook:
    Type: AWS::Serverless::Function
    Metadata: {BuildProperties: {Binary: get-book}}
    Properties:
      Runtime: provided.al2023
      Handler: bootstrap
      Role: !GetAtt GetBookRole.Arn
      Environment: {Variables: {TABLE: !Ref Table}}
  GetBookRole:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument: {}
      Policies:
        - PolicyName: get-book
          PolicyDocument:
            Statement:
              # why: it reads
              - {Effect: Allow, Action: "dynamodb:GetItem", Resource: !Sub "table/${Table}"}
  Call: {Type: AWS::ApiGatewayV2::Integration, Properties: {ApiId: !Ref ApiOfRoot, IntegrationUri: !GetAtt GetBook.Arn}}
  Route: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref ApiOfRoot, RouteKey: "GET /books/{id}", Target: !Sub "integrations/${Call}"}}
  Permission:
    Type: AWS::Lambda::Permission
    Properties:
      FunctionName: !Ref GetBook
      SourceArn: !Sub arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${ApiOfRoot}/*/GET/books/*
"""


class Nested(unittest.TestCase):
    def deployment(self, root=ROOT, nested=NESTED):
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        (folder / "template.yaml").write_text(root)
        (folder / "shop.yaml").write_text(nested)
        return Deployment(folder / "template.yaml", {"environment": {"BOOKS": "books", "EXISTING": "arn:existing"}})

    def test_functions_and_routes_of_a_nested_stack_count(self):
        deployment = self.deployment()
        routes = deployment.routes()
        self.assertEqual([(route.key, route.function) for route in routes], [("$default", "Existing"), ("GET /books/{id}", "GetBook")])
        self.assertEqual(deployment.existing(routes), ["Existing"])
        (function,) = deployment.functions()
        self.assertEqual((function.binary, function.environment), ("get-book", {"TABLE": "books"}))
        (statement,) = deployment.statements("GetBook")
        self.assertEqual((statement.document["Resource"], statement.comments), ("table/books", ["why: it reads"]))

    def test_what_cannot_be_deployed_is_refused(self):
        for root, nested in [
            (ROOT, NESTED.replace("/*/GET/books/*", "/*/GET/books")),
            (ROOT, NESTED.replace("GET /books/{id}", "$default")),
            (ROOT, NESTED.replace("Table: {Type: String}", "Tables: {Type: String}").replace("${Table}", "x").replace("!Ref Table", "x")),
            (ROOT.replace("Name: shop", "Body: {paths: {}, openapi: 3.0.1}"), NESTED),
        ]:
            with self.assertRaises(TemplateError):
                self.deployment(root, nested).routes()


if __name__ == "__main__":
    unittest.main()
