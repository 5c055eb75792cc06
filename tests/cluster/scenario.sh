# Sourced by inside.sh: what the platform team does with the release over its
# life, and what goes wrong meanwhile.
# shellcheck shell=bash

chart=../../charts/prescreen
h() { helm --kubeconfig "$WORK/kubeconfig" --namespace prescreen "$@"; }
p() { k --namespace prescreen "$@"; }
store='postgres://prescreen:planted-pw@10.0.0.54:5432/postgres?sslmode=disable'

scenario() {
  prepare
  refuse
  install
  share_a_run
  restore
  change
  leave
  single
}

prepare() {
  k apply -f backends.yaml >/dev/null
  k create namespace prescreen >/dev/null
  k label namespace prescreen pod-security.kubernetes.io/enforce=restricted >/dev/null
  volume first
  volume second
  k -n others rollout status deploy/postgresql deploy/portal --timeout=180s >/dev/null
  until_true 60 "the namespace has no account" p get serviceaccount default
  step "PostgreSQL and the sample portal are up"
}

# refused WHAT MESSAGE ARGS…: the installation must fail with the message.
refused() {
  local what=$1 message=$2 out
  shift 2
  if out=$(h install prescreen "$chart" -f values.yaml --timeout 120s "$@" 2>&1); then
    echo "not refused: $what" >&2
    return 1
  fi
  grep -qF -- "$message" <<<"$out" || { echo "refused otherwise: $what: $out" >&2; return 1; }
  step "refused: $what"
}

refuse() {
  refused "a Secret that is not there" 'installationKey.existingSecret: there is no Secret "own-key" in namespace "prescreen"'
  p create secret generic own-key --from-literal=wrong=x >/dev/null
  refused "a Secret without the key" 'installationKey.existingSecret: Secret "own-key" has no key "installation.key"; it has: wrong'
  p delete secret own-key >/dev/null
  p create secret generic own-key --from-literal=installation.key="$(openssl rand -hex 32)" >/dev/null
  p create secret generic own-postgresql --from-literal=url="$store" >/dev/null
  refused "replicas on SQLite" "server.replicas 3 needs store.type postgresql" --set worker.enabled=false \
    --set store.type=sqlite --set store.postgresql.existingSecret= --set server.replicas=3

  # What only the program can know: the job before the installation says it, once.
  refused "a dictionary that cannot be read" "prescreen-preflight" --set 'dictionaries.files.own\.yaml=dictionary: [' --wait
  local pods log
  pods=$(p get pods -l app.kubernetes.io/component=preflight -o name | wc -l)
  log=$(p logs -l app.kubernetes.io/component=preflight -c rules --tail=-1 | head -1)
  [ "$pods" -eq 1 ] || { echo "$pods pods tried an unreadable dictionary, want 1" >&2; return 1; }
  [ "$(p get pods -l app.kubernetes.io/component=preflight -o jsonpath='{.items[0].status.initContainerStatuses[0].state.terminated.exitCode}')" = 2 ]
  grep -q own.yaml:1 <<<"$log" || { echo "the first line does not name the file: $log" >&2; return 1; }
  step "  its first line: $log"
  h uninstall prescreen >/dev/null 2>&1 || true
}

install() {
  local started=$SECONDS
  h install prescreen "$chart" -f values.yaml --wait --timeout 300s >"$WORK/log/install.txt"
  step "installed into a namespace that enforces Pod Security restricted, in $((SECONDS - started)) s: $(p get pods --no-headers | awk '{print $1}' | paste -sd' ')"
  started=$SECONDS
  h test prescreen --timeout 120s >"$WORK/log/test.txt"
  step "helm test passed in $((SECONDS - started)) s"
}

# Three workers and the run's own pod share one run; one worker is killed, Redis
# is deleted, workers are added and taken away.
share_a_run() {
  p scale deploy/prescreen-worker --replicas=3 >/dev/null
  p rollout status deploy/prescreen-worker --timeout=120s >/dev/null
  step "scaled from 1 to 3 workers"
  p create job --from=cronjob/prescreen-crawl now >/dev/null
  local started=$SECONDS pid result
  until_true 120 "the run has not begun" done_pages 20
  step "metrics of a worker: $(scrape | grep -E '^prescreen_(frontier_queued|frontier_up|build_info)' | xargs)"
  pid=$(pgrep -f '^/usr/local/bin/prescreen worker' | head -1)
  kill -9 "$pid"
  step "killed a worker with -9 at $(pages) addresses"
  until_true 120 "nothing goes on without the worker" done_pages 60
  p delete pod prescreen-redis-0 --wait=false >/dev/null
  step "deleted the pod of Redis at $(pages) addresses"
  until_true 120 "nothing goes on without Redis" done_pages 110
  p rollout status statefulset/prescreen-redis --timeout=120s >/dev/null
  until_true 60 "the killed worker is not back" restarted
  p scale deploy/prescreen-worker --replicas=1 >/dev/null
  step "scaled back to 1 worker at $(pages) addresses; restarts of workers: $(p get pods -l app.kubernetes.io/component=worker -o jsonpath='{.items[*].status.containerStatuses[0].restartCount}')"
  p wait --for=condition=complete job/now --timeout=480s >/dev/null
  step "the job is complete after $((SECONDS - started)) s; its last lines:"
  p logs job/now --tail=12 | grep -v level= | sed 's/^/      /'
  result=$(exactly "$store")
  step "the store holds exactly what is planted: $result"
}

# exactly STORE requires the planted findings, and an account of every address.
exactly() {
  PRESCREEN_STORE=$1 "$WORK/store.test" -test.v -test.run 'TestClusterStore$' >"$WORK/log/store.txt" 2>&1 ||
    { cat "$WORK/log/store.txt" >&2; return 1; }
  sed -n 's/.*: run \(.*\)/run \1/p' "$WORK/log/store.txt" | head -1
}

# The database is dumped, lost and restored while the release is running.
restore() {
  local in=(k -n others exec deploy/postgresql --) result
  "${in[@]}" pg_dump -h /data -U prescreen -d postgres --format=custom --file=/data/backup
  sql 'DROP SCHEMA public CASCADE; CREATE SCHEMA public' 2>/dev/null
  "${in[@]}" pg_restore -h /data -U prescreen -d postgres --exit-on-error /data/backup
  result=$(exactly "$store")
  step "dumped, lost and restored the database: $result"
}

scrape() { k get --raw "/api/v1/namespaces/prescreen/pods/$(p get pods -l app.kubernetes.io/component=worker -o jsonpath='{.items[0].metadata.name}'):9464/proxy/metrics"; }
sql() { k -n others exec deploy/postgresql -- psql -h /data -U prescreen -d postgres -qAt -c "$1"; }
pages() { sql 'SELECT count(*) FROM pages'; }
done_pages() { [ "$(pages)" -ge "$1" ]; }
restarted() { p get pods -l app.kubernetes.io/component=worker -o jsonpath='{.items[*].status.containerStatuses[0].restartCount}' | grep -q 1; }

change() {
  local before
  before=$(p get secret prescreen-redis -o jsonpath='{.data.password}')
  # kubectl scale owns the number of replicas now: Helm 4 says so, and asks whether it may.
  if h upgrade prescreen "$chart" -f values.yaml --set worker.replicas=2 --timeout 120s >"$WORK/log/conflict.txt" 2>&1; then
    echo "an upgrade took a number of replicas from kubectl scale unasked" >&2
    return 1
  fi
  grep -q 'conflict with "kubectl"' "$WORK/log/conflict.txt"
  h upgrade prescreen "$chart" -f values.yaml --set organisation=changed --set worker.replicas=2 --force-conflicts --wait --timeout 300s >/dev/null
  p get configmap prescreen-config -o yaml | grep -q 'organisation: changed'
  [ "$(p get deploy prescreen-worker -o jsonpath='{.status.readyReplicas}')" = 2 ]
  [ "$before" = "$(p get secret prescreen-redis -o jsonpath='{.data.password}')" ] || { echo "the password of Redis was made anew" >&2; return 1; }
  step "upgraded: new configuration, 2 workers, same password"
  if h upgrade prescreen "$chart" -f values.yaml --set 'dictionaries.files.own\.yaml=dictionary: [' --wait --timeout 120s >/dev/null 2>&1; then
    echo "an upgrade to an unreadable dictionary was not refused" >&2
    return 1
  fi
  p get configmap prescreen-config -o yaml | grep -q 'organisation: changed'
  step "an upgrade to an unreadable dictionary is refused and changes nothing"
  h rollback prescreen 1 --force-conflicts --wait --timeout 300s >/dev/null
  if p get configmap prescreen-config -o yaml | grep -q 'organisation: changed'; then
    echo "rolled back, but the configuration is the new one" >&2
    return 1
  fi
  step "rolled back"
}

# nothing_but WHAT…: what is left in the namespace, but for what Kubernetes itself
# and this test put there.
nothing_but() {
  local left
  left=$(p get all,configmap,secret,pvc,serviceaccount,networkpolicy,ingress,pdb,hpa -o name |
    grep -vE '^(configmap/kube-root-ca.crt|serviceaccount/default|secret/own-)' || true)
  [ "$(sort <<<"$left" | xargs)" = "$*" ] || { echo "left: $left" >&2; return 1; }
}

leave() {
  p delete job now >/dev/null
  h uninstall prescreen --wait --timeout 180s >/dev/null
  p delete job,configmap -l app.kubernetes.io/component=preflight >/dev/null
  until_true 90 "something is left" nothing_but ""
  step "uninstalled: nothing is left"
}

# One node, SQLite on a volume, no Redis: the volume stays, and what is on it is
# found again by the next release of the name.
single() {
  local values=(--set store.type=sqlite --set store.postgresql.existingSecret= --set worker.enabled=false --set redis.enabled=false)
  h install single "$chart" -f values.yaml "${values[@]}" --wait --timeout 300s >/dev/null
  p create job --from=cronjob/single-prescreen-crawl night >/dev/null
  p wait --for=condition=complete job/night --timeout=400s >/dev/null
  p delete job night >/dev/null
  h uninstall single --wait --timeout 180s >/dev/null
  until_true 90 "something is left" nothing_but persistentvolumeclaim/single-prescreen-data
  step "one node on SQLite, uninstalled: only the kept volume is left"
  local volume result
  volume=$(p get pvc single-prescreen-data -o jsonpath='{.spec.volumeName}')
  result=$(exactly "$WORK/volumes/$volume/prescreen.db")
  step "its file holds exactly what is planted: $result"
  h install single "$chart" -f values.yaml "${values[@]}" --wait --timeout 300s >/dev/null
  p exec deploy/single-prescreen-server -- prescreen run list --config /etc/prescreen/prescreen.yaml >"$WORK/log/runs.txt"
  [ "$(grep -c "$(date +%Y)" "$WORK/log/runs.txt")" -eq 1 ] || { cat "$WORK/log/runs.txt"; return 1; }
  step "installed again: the run is there"
  h uninstall single --wait --timeout 180s >/dev/null
}
