# Sourced by inside.sh: a Kubernetes cluster of one node, from its parts.
# shellcheck shell=bash

k() { kubectl --kubeconfig "$WORK/kubeconfig" "$@"; }
step() { printf '%s %4ds  %s\n' "$(date -u +%H:%M:%S)" "$SECONDS" "$*"; }
node=10.99.0.1

# until_true SECONDS WHAT COMMAND… tries until it succeeds.
until_true() {
  local deadline=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$deadline" ] || { echo "timed out: $what" >&2; return 1; }
    sleep 0.5
  done
}

daemon() {
  local name=$1
  shift
  "$@" >"$WORK/log/$name.log" 2>&1 &
}

# start_api OPTIONS… starts the API server with its database.
# shellcheck disable=SC2120
start_api() {
  network
  files
  daemon etcd etcd --data-dir "$WORK/etcd" --unsafe-no-fsync --listen-client-urls http://127.0.0.1:23790 \
    --advertise-client-urls http://127.0.0.1:23790 --listen-peer-urls http://127.0.0.1:23800
  daemon apiserver kube-apiserver --etcd-servers=http://127.0.0.1:23790 --secure-port=16443 --advertise-address=$node \
    --cert-dir="$WORK/pki" --service-cluster-ip-range=10.0.0.0/24 --service-account-issuer=https://kubernetes.default.svc \
    --service-account-key-file="$WORK/pki/sa.pub" --service-account-signing-key-file="$WORK/pki/sa.key" \
    --token-auth-file="$WORK/pki/tokens.csv" --authorization-mode=Node,RBAC --allow-privileged=true \
    --kubelet-preferred-address-types=InternalIP "$@"
  until_true 180 "the API server does not answer" k get --raw /readyz
  step "API server ready ($(k version -o json | sed -n 's/.*"gitVersion": "\(.*\)",/\1/p' | tail -1))"
}

start_cluster() {
  # shellcheck disable=SC2119
  start_api
  daemon containerd containerd -c "$WORK/containerd.toml"
  daemon controller-manager kube-controller-manager --kubeconfig="$WORK/kubeconfig" --leader-elect=false \
    --service-account-private-key-file="$WORK/pki/sa.key" --root-ca-file="$WORK/pki/apiserver.crt" --use-service-account-credentials
  daemon scheduler kube-scheduler --kubeconfig="$WORK/kubeconfig" --leader-elect=false
  daemon coredns coredns -conf "$WORK/Corefile"
  until_true 60 "containerd does not answer" ctr -a /run/c.sock version
  for image in "$WORK"/images/*.tar; do
    ctr -a /run/c.sock -n k8s.io images import "$image" >>"$WORK/log/import.log"
    rm "$image"
  done
  daemon kubelet kubelet --config "$WORK/kubelet.yaml" --kubeconfig "$WORK/kubeconfig" --root-dir "$WORK/kubelet" \
    --cert-dir "$WORK/pki/kubelet" --hostname-override node --node-ip $node
  until_true 120 "the node is not ready" k wait --for=condition=Ready node/node --timeout=1s
  # It ends when addresses of its node appear while it runs.
  daemon proxy kube-proxy --kubeconfig "$WORK/kubeconfig" --proxy-mode=iptables --hostname-override node \
    --cluster-cidr 10.244.0.0/24 --conntrack-max-per-core 0 --bind-address $node
  until_true 60 "the proxy made no rules" proxied
  step "node ready: $(k get node node -o jsonpath='{.status.nodeInfo.kubeletVersion}, {.status.nodeInfo.containerRuntimeVersion}')"
}

proxied() { iptables-save -t nat | grep KUBE-SVC; }

network() {
  ip link set lo up
  ip link add node0 type bridge
  ip addr add $node/24 dev node0
  ip link set node0 up
  ip route add default dev node0
  sysctl -qw net.ipv4.ip_forward=1
}

files() {
  openssl genrsa -out "$WORK/pki/sa.key" 2048 2>/dev/null
  openssl rsa -in "$WORK/pki/sa.key" -pubout -out "$WORK/pki/sa.pub" 2>/dev/null
  local token
  token=$(openssl rand -hex 16)
  echo "$token,admin,admin,\"system:masters\"" >"$WORK/pki/tokens.csv"
  cat >"$WORK/kubeconfig" <<EOF
apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: "https://$node:16443", certificate-authority: "$WORK/pki/apiserver.crt"}}]
users: [{name: u, user: {token: "$token"}}]
contexts: [{name: c, context: {cluster: c, user: u}}]
current-context: c
EOF
  cat >"$WORK/containerd.toml" <<EOF
version = 2
root = "$WORK/containerd"
state = "/run/c"
[grpc]
  address = "/run/c.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "localhost/pause:1"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$WORK/cni"
EOF
  cat >"$WORK/cni/10-bridge.conflist" <<EOF
{"cniVersion": "0.4.0", "name": "pods", "plugins": [
  {"type": "bridge", "bridge": "cni0", "isGateway": true, "ipMasq": true, "hairpinMode": true,
   "ipam": {"type": "host-local", "ranges": [[{"subnet": "10.244.0.0/24"}]], "routes": [{"dst": "0.0.0.0/0"}], "dataDir": "$WORK/cni-data"}},
  {"type": "portmap", "capabilities": {"portMappings": true}}]}
EOF
  cat >"$WORK/kubelet.yaml" <<EOF
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
failCgroupV1: false
cgroupDriver: cgroupfs
enforceNodeAllocatable: []
failSwapOn: false
address: 0.0.0.0
authentication: {anonymous: {enabled: true}, webhook: {enabled: false}}
authorization: {mode: AlwaysAllow}
containerRuntimeEndpoint: unix:///run/c.sock
resolvConf: $WORK/resolv.conf
podLogsDir: $WORK/log/pods
clusterDNS: ["$node"]
clusterDomain: cluster.local
# The disk of a test machine is not the subject.
evictionHard: {memory.available: 100Mi, nodefs.available: 1%, imagefs.available: 1%, nodefs.inodesFree: 1%}
EOF
  echo "nameserver $node" >"$WORK/resolv.conf"
  cat >"$WORK/Corefile" <<EOF
.:53 {
  errors
  kubernetes cluster.local {
    kubeconfig $WORK/kubeconfig
  }
}
EOF
}

# volume NAME makes a persistent volume on the node's disk, for anybody.
volume() {
  mkdir -p "$WORK/volumes/$1"
  chmod 0777 "$WORK/volumes/$1"
  k apply -f - >/dev/null <<EOF
apiVersion: v1
kind: PersistentVolume
metadata: {name: $1}
spec:
  capacity: {storage: 20Gi}
  accessModes: [ReadWriteOnce]
  persistentVolumeReclaimPolicy: Retain
  hostPath: {path: "$WORK/volumes/$1"}
EOF
}
