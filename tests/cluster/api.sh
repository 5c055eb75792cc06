#!/usr/bin/env bash
# api.sh WORK CRDS creates every object that the chart renders for every set of
# values in ci/ on a real API server, which validates strictly and by the rules
# that no schema has; nothing is stored. It runs in namespaces of its own.
set -euo pipefail
cd "$(dirname "$0")"
export WORK=$1
crds=$2
mkdir -p "$WORK"/{log,pki,etcd,cni}
# shellcheck source=tests/cluster/cluster.sh
. ./cluster.sh
trap '[ $? -eq 0 ] || tail -n 5 "$WORK"/log/*.log | cut -c1-300' EXIT

# No controllers run that would make the accounts of namespaces.
start_api --disable-admission-plugins=ServiceAccount
for crd in "$crds"/*; do k apply --server-side -f "$crd" >/dev/null; done
for n in prescreen screening; do k create namespace "$n" >/dev/null; done
k wait --for=condition=Established crd --all --timeout=60s >/dev/null

chart=../../charts/prescreen
create() { k create --dry-run=server --validate=strict -f - -o name; }
objects=0
for values in "$chart"/values.yaml "$chart"/ci/*-values.yaml; do
  created=$(helm template prescreen "$chart" -n prescreen --kube-version v1.37.0 -f "$values" | create) ||
    { echo "e2e-api: refused by the API server with $values" >&2; exit 1; }
  objects=$((objects + $(wc -l <<<"$created")))
done

# The check can fail: what only the server knows is refused.
sabotage() {
  local out
  if out=$(helm template prescreen "$chart" -n prescreen -f "$chart/ci/cluster-values.yaml" | sed "$1" | create 2>&1) || ! grep -q "$2" <<<"$out"; then
    echo "e2e-api: not refused, or not for $2: $out" >&2
    exit 1
  fi
}
sabotage 's/readOnlyRootFilesystem/readOnlyRootFileSystem/' readOnlyRootFileSystem
sabotage 's#timeZone: "Asia/Shanghai"#timeZone: Asia/Shangai#' Shangai
sabotage 's/concurrencyPolicy: Forbid/concurrencyPolicy: Never/' Never
step "the API server accepts $objects objects, and refuses three that are wrong"
