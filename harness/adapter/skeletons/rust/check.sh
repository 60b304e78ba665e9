#!/bin/sh
# What CI runs: build, and hold the adapter against the protocol.
set -eu
cd "$(dirname "$0")"
cargo test --quiet --locked
cargo build --quiet --release --locked
exec stopwat adapter check "exec:./target/release/my-engine"
