#!/bin/sh
# A walk through the API. Start it with `cargo lambda watch`, then: ./requests.sh [base URL]
# The same requests, and some that fail, stand in requests.json.
set -eu
base=${1:-http://localhost:9000}

call() {
  echo "--- $*"
  curl --silent --show-error --include --header 'content-type: application/json' "$@"
  echo
}

call "$base/items"
call "$base/items" --data '{"id": "sofa", "name": "Blue sofa", "quantity": 1}'
call "$base/items/sofa"
call "$base/items/sofa" --request PUT --data '{"name": "Green sofa", "quantity": 2}'
call "$base/items/sofa" --head
call "$base/items/sofa" --request DELETE
call "$base/items/sofa"
