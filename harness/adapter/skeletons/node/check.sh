#!/bin/sh
# What CI runs: hold the adapter against the protocol.
set -eu
cd "$(dirname "$0")"
exec stopwat adapter check "exec:node main.mjs"
