#!/bin/sh
# Makes a development certificate authority, with server, client and backend certificates, in
# certs/dev or in the folder given. For development and tests only.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
exec "$root/bin/sallyport" pki "${1:-$root/certs/dev}"
