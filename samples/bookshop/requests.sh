#!/bin/sh
# A purchase, from the window to the invoice. Start the API with `cargo lambda watch` and the tables, the bucket and
# the queue of seed.json behind it, then: ./requests.sh [base URL]
set -eu
base=${1:-http://localhost:9000}
customer='authorization: Bearer ada-1'
clerk='authorization: Bearer clerk-1'

call() {
  echo "--- $*"
  curl --silent --show-error --include "$@"
  echo
}

json() {
  call --header 'content-type: application/json' "$@"
}

call "$base/books/featured"
call "$base/books/dune/stock"
json "$base/books/search" --data '{"text": "lem"}'
json "$base/orders" --header "$customer" --data '{"lines": [{"book_id": "dune", "quantity": 2}]}'
call "$base/orders" --header "$customer"
json "$base/admin/orders/order-000004/status" --request PUT --header "$clerk" --data '{"status": "packed"}'
call "$base/orders/order-000004/invoice" --header "$customer"
call "$base/admin/stats" --header "$clerk"
