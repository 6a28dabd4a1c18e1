#!/bin/sh
# Runs simulations: loadtest/run.sh [--gateway] [SIMULATION ... | all] [-Dsetting=value ...]
#
#   --gateway      starts a backend and a gateway of its own (loadtest/conf/gateway.conf), and ends them
#   SIMULATION     HandshakeStorm (the default), ResumedHandshakes, KeepAliveThroughput, Http2Streams,
#                  MutualTlsClients, SlowClients, MixedDay, Soak, StormUnderLoad or Overload; all: every one
#   SALLYPORT_CA   PEM file of the authority to trust (default: certs/dev/ca.pem)
#
# The settings are described in loadtest/README.md. Runs them one after the other, all of them even
# where one fails, and says at the end which held and where their HTML reports are. Exit status 0 when
# all held, 1 when one did not, 64 when the command makes no sense.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
every="HandshakeStorm ResumedHandshakes KeepAliveThroughput Http2Streams MutualTlsClients SlowClients MixedDay Soak StormUnderLoad Overload"

fail() { # STATUS TEXT
  printf 'run.sh: %s\n' "$2" >&2
  exit "$1"
}

own_gateway=no
mutual=no
simulations=
while [ $# -gt 0 ]; do
  case $1 in
    --gateway) own_gateway=yes ;;
    all) simulations="$simulations $every" ;;
    -D*) break ;;
    -*) fail 64 "unknown option $1" ;;
    *)
      case " $every " in
        *" $1 "*) ;;
        *) fail 64 "no simulation $1; there are: $every" ;;
      esac
      simulations="$simulations $1"
      ;;
  esac
  shift
done
for setting; do
  case $setting in
    -Dsallyport.mutual=*) mutual=yes ;;
    -D*) ;;
    *) fail 64 "settings come last: $setting" ;;
  esac
done
simulations=${simulations:-HandshakeStorm}

work=$(mktemp -d)
backend_pid=
gateway_pid=
end() {
  for pid in $gateway_pid $backend_pid; do
    kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null || true
  done
  rm -rf "$work"
}
trap end EXIT
trap 'exit 130' INT TERM

# Waits until a process that writes to NAME.out serves, and gives up with what it said.
await() { # NAME PID
  seconds=0
  until grep -q '^serving' "$work/$1.out"; do
    kill -0 "$2" 2>/dev/null && [ "$seconds" -lt 300 ] || fail 70 "the $1 does not serve: $(cat "$work/$1.out" "$work/$1.err")"
    seconds=$((seconds + 1))
    sleep 1
  done
}

port() { # NAME PROCESS
  sed -n "s/^serving.* $1=[^ ]*:\([0-9]*\).*/\1/p" "$work/$2.out"
}

# The demo's backend, behind a gateway with the configuration for load tests.
start_gateway() {
  pki=$work/pki
  SALLYPORT_JAVA_OPTS=-Xmx256m "$here/../bin/sallyport" demo --certs "$pki" \
    --http-port 0 --https-port 0 --admin-port 0 >"$work/backend.out" 2>"$work/backend.err" &
  backend_pid=$!
  await backend "$backend_pid"
  cp "$here/conf/gateway.conf" "$work/gateway.conf"
  LOADTEST_PKI=$pki LOADTEST_BACKEND=127.0.0.1:$(port backend backend) \
    SALLYPORT_JAVA_OPTS=${SALLYPORT_JAVA_OPTS:--Xmx512m} \
    "$here/../bin/sallyport" run -c "$work/gateway.conf" >"$work/gateway.out" 2>"$work/gateway.err" &
  gateway_pid=$!
  await gateway "$gateway_pid"
}

if [ $own_gateway = yes ]; then
  start_gateway
  mutual=yes
  # What was said comes after what stands here, and wins.
  set -- "-Dsallyport.url=https://localhost:$(port https gateway)" \
    "-Dsallyport.mutual=https://localhost:$(port mutual gateway)" -Dsallyport.mutual-name=legacy.internal \
    "-Dsallyport.admin=http://localhost:$(port admin gateway)" \
    "-Dsallyport.configuration=$work/gateway.conf" -Dslow.patience=8 "$@"
  ca=$pki/ca.pem
  trusted="$ca $pki/backend-ca.pem"
else
  ca=${SALLYPORT_CA:-$here/../certs/dev/ca.pem}
  [ -r "$ca" ] || fail 66 "there is no authority at $ca: run bin/sallyport demo first, set SALLYPORT_CA, or use --gateway"
  pki=$here/../certs/dev
  trusted=$ca
fi
[ ! -r "$pki/user.key" ] ||
  set -- "-Dsallyport.client-certificate=$pki/user.pem" "-Dsallyport.client-key=$pki/user.key" "$@"

# A store of certificates; it holds no key.
for pem in $trusted; do
  keytool -importcert -noprompt -alias "$(basename "$pem")" -file "$pem" -keystore "$work/trust.p12" \
    -storetype PKCS12 -storepass public 2>/dev/null
done

cd "$here"
mvn -q -B test-compile
summary=
status=0
for simulation in $simulations; do
  if [ "$simulation" = MutualTlsClients ] && [ $mutual = no ] && [ "$simulations" = " $every" ]; then
    summary="$summary
left out   MutualTlsClients: no listener for client certificates (--gateway has one, -Dsallyport.mutual names one)"
    continue
  fi
  verdict=held
  mvn -q -B gatling:test "-Dgatling.simulationClass=sallyport.loadtest.$simulation" \
    "-Dgatling.ssl.trustStore.file=$work/trust.p12" "-Dsallyport.ca=$ca" "$@" || { verdict=FAILED; status=1; }
  lower=$(printf %s "$simulation" | tr '[:upper:]' '[:lower:]')
  report=$(find target/gatling -maxdepth 2 -path "*/$lower-*/index.html" -newer "$work/trust.p12" 2>/dev/null | sort | tail -n 1)
  summary="$summary
$(printf '%-10s %-20s %s' "$verdict" "$simulation" "${report:+$here/$report}")"
done
printf '%s\n' "$summary"
exit $status
