#!/bin/sh
# Runs the benchmarks of the data path: loadtest/jmh.sh [PATTERN] [JMH option ...]
#
#   loadtest/jmh.sh                     all of them, short, with what an operation allocates
#   loadtest/jmh.sh Pool                those whose name contains Pool
#   loadtest/jmh.sh Route -f 3 -bm sample    with these options of JMH in place of ours
#   loadtest/jmh.sh --smoke             each for a moment, in one JVM: whether they still run
#
# They run against target/sallyport.jar, with certificates by target/sallyport-tools.jar; `mvn package` makes both.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
[ -f "$here/../target/sallyport-tools.jar" ] || {
  printf 'jmh.sh: there is no target/sallyport-tools.jar: run mvn -Dmaven.test.skip=true package first\n' >&2
  exit 66
}
pattern=.
options="-f 1 -wi 3 -w 2s -i 5 -r 2s -prof gc"
case ${1:-} in
  --smoke) options="-f 0 -wi 0 -i 1 -r 100ms"; shift ;;
  '' | -*) ;;
  *) pattern=$1; shift ;;
esac
# JMH takes no option twice.
[ $# = 0 ] || options=$*
cd "$here/jmh"
exec mvn -q -B compile exec:exec "-Djmh.arguments=$pattern -foe true $options"
