#!/bin/sh
# Makes certificates for a first try with OpenSSL 3: all that conf/gateway.conf names, and a backend's, in conf/certs or
# in the folder given. The keys of the authorities are deleted. Files that are there are never overwritten. For
# production see docs/client-certificate.md.
set -eu
umask 077
folder=${1:-$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)/conf/certs}
mkdir -p "$folder"
cd "$folder"
for file in ca.pem server.pem backend-ca.pem backend.pem client.pem clients-ca.pem; do
  [ ! -e "$file" ] || { printf 'make-certs: %s is there already\n' "$folder/$file" >&2; exit 73; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

new_key='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'
authority() { # NAME COMMON_NAME
  # shellcheck disable=SC2086 # several words
  openssl req -x509 $new_key -keyout "$work/$1.key" -out "$1.pem" -days 365 -subj "/CN=$2" \
    -addext keyUsage=critical,keyCertSign,cRLSign 2>"$work/said" || { cat "$work/said" >&2; exit 70; }
}
issue() { # NAME AUTHORITY USAGE NAMES
  printf '%s\n' basicConstraints=CA:FALSE "extendedKeyUsage=$3" "subjectAltName=$4" >"$work/ext"
  # shellcheck disable=SC2086 # several words
  openssl req $new_key -keyout "$1.key" -out "$work/csr" -subj "/CN=$1" 2>"$work/said" &&
    openssl x509 -req -in "$work/csr" -CA "$2.pem" -CAkey "$work/$2.key" \
      -days 90 -extfile "$work/ext" -out "$1.pem" 2>"$work/said" || { cat "$work/said" >&2; exit 70; }
}
authority ca 'first try: clients trust this'
authority backend-ca 'first try: gateway and backends trust this'
authority clients-ca 'first try: of client certificates'
issue server ca serverAuth DNS:localhost,IP:127.0.0.1,IP:::1
issue client backend-ca clientAuth DNS:gateway.internal
issue backend backend-ca serverAuth DNS:legacy.internal,DNS:localhost
printf 'made in %s: certificates for a first try, not for production\n' "$folder"
