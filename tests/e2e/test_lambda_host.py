"""The Lambda Runtime API where functions are started anew."""

import http.client
import tempfile
import unittest
from pathlib import Path

import processes
from lambda_host import LambdaHost


class Restart(unittest.TestCase):
    def test_a_process_that_has_ended_takes_no_event_of_its_successor(self):
        with tempfile.TemporaryDirectory() as folder:
            idle = Path(folder) / "idle"
            idle.write_text("#!/bin/sh\nexec sleep 600\n")
            idle.chmod(0o755)
            with LambdaHost("", Path(folder)) as host:
                host.deploy("F", idle, {})
                function = host.functions["F"]
                host._start(function)
                processes.stop(function.process)
                host._start(function)
                function.events.put(("F-1", b"{}"))
                connection = http.client.HTTPConnection(*host._server.server_address[:2], timeout=10)
                connection.request("GET", "/F/1/2018-06-01/runtime/invocation/next")
                self.assertRaises(http.client.RemoteDisconnected, connection.getresponse)
                connection.request("GET", "/F/2/2018-06-01/runtime/invocation/next")
                self.assertEqual(connection.getresponse().read(), b"{}")
                connection.close()


if __name__ == "__main__":
    unittest.main()
