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


if __name__ == "__main__":
    unittest.main()
