"""The gateway model against the documentation it is a model of. Run with `python -m unittest` in this folder."""

import unittest

from gateway import Gateway, Request, Route, event, response
from lambda_host import FunctionFailed

ROUTES = [
    Route("GET", "/pets/dog/1", "exact"),
    Route("GET", "/pets/dog/{id}", "one"),
    Route("GET", "/pets/{proxy+}", "rest"),
    Route("ANY", "/{proxy+}", "any"),
    Route("PUT", "/pets/dog/{id}", "put"),
    Route("ANY", None, "default"),
]


def chosen(method, path, routes=ROUTES):
    route = Gateway(routes, None).choose(method, path)
    return None if route is None else (route[0].function, route[1])


class Matching(unittest.TestCase):
    def test_the_example_of_the_documentation(self):
        self.assertEqual(chosen("GET", "/pets/dog/1"), ("exact", {}))
        self.assertEqual(chosen("GET", "/pets/dog/2"), ("one", {"id": "2"}))
        self.assertEqual(chosen("GET", "/pets/cat/1"), ("rest", {"proxy": "cat/1"}))
        self.assertEqual(chosen("POST", "/test/5"), ("any", {"proxy": "test/5"}))

    def test_route_and_method_match_together(self):
        self.assertEqual(chosen("PUT", "/pets/dog/1"), ("put", {"id": "1"}))

    def test_a_greedy_variable_wants_a_segment(self):
        self.assertEqual(chosen("POST", "/"), ("default", {}))

    def test_nothing_matches_without_a_default(self):
        self.assertIsNone(chosen("DELETE", "/pets", routes=ROUTES[:3]))

    def test_a_decoded_slash_separates_segments(self):
        self.assertEqual(chosen("GET", "/pets%2Fdog%2F7"), ("one", {"id": "7"}))

    def test_a_slash_at_the_end_counts(self):
        self.assertEqual(chosen("GET", "/pets/dog/1/"), ("rest", {"proxy": "dog/1/"}))


class Events(unittest.TestCase):
    def event(self, request):
        return event(request, Route("GET", "/a/{b}", "f"), {"b": "c d"}, 1)

    def test_headers_are_lower_case_and_joined_and_cookies_stand_apart(self):
        headers = [("X-A", "1"), ("x-a", "2"), ("Cookie", "a=1; b=2"), ("cookie", "c=3")]
        made = self.event(Request("", "GET", "/a/c%20d?x=1&x=%20", headers))
        self.assertEqual(made["headers"]["x-a"], "1,2")
        self.assertNotIn("cookie", made["headers"])
        self.assertEqual(made["cookies"], ["a=1", "b=2", "c=3"])
        self.assertEqual(made["rawPath"], "/a/c d")
        self.assertEqual(made["rawQueryString"], "x=1&x=%20")
        self.assertEqual(made["queryStringParameters"], {"x": "1, "})

    def test_only_text_bodies_travel_as_text(self):
        json = self.event(Request("", "POST", "/a/b", [("content-type", "application/json")], b"{}"))
        self.assertEqual((json["body"], json["isBase64Encoded"]), ("{}", False))
        image = self.event(Request("", "POST", "/a/b", [("content-type", "image/png")], b"\x89"))
        self.assertEqual((image["body"], image["isBase64Encoded"]), ("iQ==", True))


class Responses(unittest.TestCase):
    def test_cookies_and_base64_are_undone(self):
        answer = {"statusCode": 201, "headers": {"A": "b"}, "cookies": ["c=1"], "body": "iQ==", "isBase64Encoded": True}
        made = response(answer, "f")
        self.assertEqual((made.status, made.headers, made.cookies, made.body), (201, {"a": "b"}, ["c=1"], b"\x89"))

    def test_an_answer_without_a_status_is_json(self):
        self.assertEqual(response({"a": 1}, "f").status, 200)

    def test_a_failing_function_is_an_internal_server_error(self):
        class Host:
            def invoke(self, *_):
                raise FunctionFailed("it broke")

        answer = Gateway(ROUTES, Host()).handle(Request("", "GET", "/pets/dog/1"), 1)
        self.assertEqual((answer.status, answer.note), (500, "it broke"))


if __name__ == "__main__":
    unittest.main()
