#!/usr/bin/env bash
# images.sh TOOLS FOLDER writes the images of the test as archives into FOLDER:
# the program's own, built from the Dockerfile, and stand-ins for those of Redis
# and PostgreSQL made from Debian packages, Redis under the name that the chart has.
set -euo pipefail
cd "$(dirname "$0")/../.."
# shellcheck source=scripts/images.sh
. scripts/images.sh
tools=$1 out=$2
mkdir -p "$out"

version=$(sed -n 's/^appVersion: "\(.*\)"$/\1/p' charts/prescreen/Chart.yaml)
VERSION=$version ARCHIVE=$out/prescreen.tar scripts/image >/dev/null

save() { "${buildah[@]}" push --quiet "$1" "oci-archive:$out/$2.tar:$1" >&2; }

redis=docker.io/valkey/valkey:8.1
have "$redis" || commit "$(from_packages "$redis" minbase redis-server,ca-certificates)" "$redis"
save "$redis" redis

postgres=localhost/postgresql:15
have "$postgres" || commit "$(from_packages "$postgres" minbase postgresql-15,ca-certificates --env PATH=/usr/lib/postgresql/15/bin:/usr/bin:/bin)" "$postgres"
save "$postgres" postgresql

pause=localhost/pause:1
if ! have "$pause"; then
  c=$("${buildah[@]}" from scratch)
  "${buildah[@]}" copy --quiet "$c" "$(readlink -f "$tools/pause")" /pause >&2
  "${buildah[@]}" config --entrypoint '["/pause"]' "$c" >&2
  commit "$c" "$pause"
fi
save "$pause" pause
