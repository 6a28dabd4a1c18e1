#!/bin/sh
# Runs a simulation: loadtest/run.sh [SIMULATION] [-Dsetting=value ...]
#
#   SALLYPORT_CA   PEM file of the authority to trust (default: certs/dev/ca.pem)
#
# The settings are described in loadtest/README.md. The HTML report's place is the last thing printed.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
simulation=HandshakeStorm
case ${1:-} in
  '' | -*) ;;
  *) simulation=$1; shift ;;
esac
ca=${SALLYPORT_CA:-$here/../certs/dev/ca.pem}
[ -r "$ca" ] || { printf 'run.sh: there is no authority at %s: run bin/sallyport demo first, or set SALLYPORT_CA\n' "$ca" >&2; exit 66; }

mkdir -p "$here/target"
rm -f "$here/target/trust.p12"
keytool -importcert -noprompt -alias ca -file "$ca" -keystore "$here/target/trust.p12" \
  -storetype PKCS12 -storepass public 2>/dev/null

cd "$here"
exec mvn -q -B test-compile gatling:test "-Dgatling.simulationClass=sallyport.loadtest.$simulation" "$@"
