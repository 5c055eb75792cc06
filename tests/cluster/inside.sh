#!/usr/bin/env bash
# inside.sh WORK SECONDS starts the cluster and runs the scenario. It is the first
# process of its own mount, network, process, host name and IPC namespaces: when
# it ends, everything that it started ends.
set -euo pipefail
cd "$(dirname "$0")"
export WORK=$1 SECONDS=$2
mkdir -p "$WORK"/{log,pki,etcd,cni,kubelet,volumes}
mount --make-rprivate /
mount --make-rshared /
# What programs have fixed places for is seen in here only.
for d in /run /etc/cni /var/lib/cni /var/lib/containerd /var/log/pods /var/log/containers /opt/cni; do
  mkdir -p "$d" 2>/dev/null && mount -t tmpfs tmpfs "$d"
done
hostname prescreen-node

# shellcheck source=tests/cluster/cluster.sh
. ./cluster.sh
# shellcheck source=tests/cluster/scenario.sh
. ./scenario.sh

failed() {
  local code=$?
  [ "$code" -eq 0 ] && return
  echo "FAILED (code $code); what the cluster says:"
  { k get pods,jobs -A -o wide; k get events -A --sort-by=.lastTimestamp | tail -30; } 2>&1 | cut -c1-220
  k -n prescreen logs -l app.kubernetes.io/name=prescreen --all-containers --prefix --tail=15 2>&1 | cut -c1-300
  tail -n 3 "$WORK"/log/*.log | cut -c1-300
}
trap failed EXIT
start_cluster
scenario
step "memory of the cluster with all pods: $(ps -eo rss= | awk "{s+=\$1} END {printf \"%d\", s/1024}") MB"
