#!/bin/sh
# What CI runs: build, and hold the adapter against the protocol. As long as there are no dependencies, the
# compiler alone will do; with them it is `mvn --quiet package`.
set -eu
cd "$(dirname "$0")"
javac -Xlint:all -Werror -d target/classes src/main/java/*.java
exec stopwat adapter check "exec:java -XX:+UseSerialGC -cp target/classes Main"
