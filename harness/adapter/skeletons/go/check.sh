#!/bin/sh
# What CI runs: build, and hold the adapter against the protocol.
set -eu
cd "$(dirname "$0")"
go vet ./...
go build -o my-engine .
exec stopwat adapter check "exec:./my-engine"
