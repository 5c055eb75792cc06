#!/bin/sh
# Installs Hyperscan's library from Debian and runs the benchmark with it.
# Usage: sudo ./hyperscan.sh [flags of cmd/bench]
set -eu
cd "$(dirname "$0")"
if ! pkg-config --exists libhs; then
	apt-get update
	apt-get install -y --no-install-recommends libhyperscan-dev pkg-config
fi
exec go run -tags hyperscan_v54 ./cmd/bench "$@"
