{{/*
What no schema can say: values that contradict each other, and values that
would be refused only at night. Each message names the value and what to do.
*/}}
{{- define "prescreen.validate" -}}
{{- include "prescreen.validateTime" . }}
{{- include "prescreen.validateConfig" . }}
{{- include "prescreen.validateBackends" . }}
{{- include "prescreen.validateServer" . }}
{{- if and .Values.checkReferences (include "prescreen.connected" .) }}
{{- include "prescreen.validateReferences" . }}
{{- end }}
{{- end }}

{{- define "prescreen.validateTime" -}}
{{/* dateInZone takes UTC for a zone that does not exist, and for all where the machine has no zones. */}}
{{- if and (not (regexMatch "^(Etc/)?(UTC|UCT|Universal|Zulu|GMT.*)$|^GMT|^Greenwich$|^Zulu$" .Values.timeZone))
      (eq (dateInZone "MST" now .Values.timeZone) "UTC") (ne (dateInZone "MST" now "Asia/Shanghai") "UTC") }}
{{- fail (printf "timeZone %q is not a time zone: use a name of the IANA database such as Asia/Shanghai" .Values.timeZone) }}
{{- end }}
{{- $minute := "([0-5]?[0-9])" }}{{ $hour := "([01]?[0-9]|2[0-3])" }}{{ $day := "([12]?[0-9]|3[01])" }}
{{- $month := "([1-9]|0[1-9]|1[0-2]|(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec))" }}
{{- $weekday := "([0-7]|(?i:sun|mon|tue|wed|thu|fri|sat))" }}
{{- $fields := list }}
{{- range list $minute $hour $day $month $weekday }}
{{- $item := printf "(\\*|%s(-%s)?)(/[1-9][0-9]?)?" . . }}
{{- $fields = append $fields (printf "%s(,%s)*" $item $item) }}
{{- end }}
{{- if not (regexMatch (printf "^(@(hourly|daily|midnight|weekly|monthly|yearly|annually)|%s)$" (join " +" $fields)) .Values.crawl.schedule) }}
{{- fail (printf "crawl.schedule %q is not a cron expression: five fields are wanted, minute (0-59) hour (0-23) day (1-31) month (1-12) weekday (0-7), such as \"30 0 * * *\"" .Values.crawl.schedule) }}
{{- end }}
{{- end }}

{{- define "prescreen.validateConfig" -}}
{{- if and .Values.existingConfig.secret .Values.existingConfig.configMap }}
{{- fail (printf "existingConfig.secret %q and existingConfig.configMap %q exclude each other: name one" .Values.existingConfig.secret .Values.existingConfig.configMap) }}
{{- end }}
{{- if and (or .Values.existingConfig.secret .Values.existingConfig.configMap) (or .Values.sites .Values.config) }}
{{- fail "existingConfig is a whole prescreen.yaml: sites and config would have no effect, leave them out" }}
{{- end }}
{{- range $key, $instead := include "prescreen.ownKeys" . | fromYaml }}
{{- if hasKey $.Values.config $key }}
{{- fail (printf "config.%s is set by the chart: use the value %s" $key $instead) }}
{{- end }}
{{- end }}
{{- if hasKey .Values.config "store" }}
{{- fail "config.store is set by the chart: use the values store and persistence" }}
{{- end }}
{{- range $section, $keys := dict "crawl" (list "redis" "output") "redis" (list "password_file" "ca_file" "cert_file" "key_file" "server_name")
      "serve" (list "listen" "public_url" "trusted_proxies" "tls_proxy" "shutdown") }}
{{- range $keys }}
{{- if hasKey (get $.Values.config $section | default dict) . }}
{{- fail (printf "config.%s.%s is set by the chart: use the values redis, externalRedis, server and persistence" $section .) }}
{{- end }}
{{- end }}
{{- end }}
{{- $names := list }}
{{- range $i, $site := .Values.sites }}
{{- range $site.seeds }}
{{- $u := urlParse . }}
{{- if or (not (has $u.scheme (list "http" "https"))) (not $u.host) (contains " " .) }}
{{- fail (printf "sites[%d].seeds: %q is not an http or https address" $i .) }}
{{- end }}
{{- end }}
{{- if has $site.name $names }}
{{- fail (printf "sites[%d].name: %q is the name of two sites" $i $site.name) }}
{{- end }}
{{- if $site.name }}{{ $names = append $names $site.name }}{{ end }}
{{- end }}
{{- end }}

{{- define "prescreen.validateBackends" -}}
{{- $postgresql := eq .Values.store.type "postgresql" }}
{{- if and .Values.redis.enabled .Values.externalRedis.url }}
{{- fail (printf "redis.enabled and externalRedis.url %q exclude each other: use the release's own Redis or yours" .Values.externalRedis.url) }}
{{- end }}
{{- if and $postgresql (not .Values.store.postgresql.existingSecret) }}
{{- fail "store.type postgresql needs store.postgresql.existingSecret: a Secret with the address of the database under the key url" }}
{{- end }}
{{- if and (not $postgresql) .Values.store.postgresql.existingSecret }}
{{- fail (printf "store.postgresql.existingSecret %q is given, but store.type is sqlite: set store.type to postgresql" .Values.store.postgresql.existingSecret) }}
{{- end }}
{{- if .Values.worker.enabled }}
{{- if not (include "prescreen.hasRedis" .) }}
{{- fail "worker.enabled needs Redis: set redis.enabled, or externalRedis.url" }}
{{- end }}
{{- if not $postgresql }}
{{- fail "worker.enabled needs store.type postgresql: workers on several nodes cannot share a SQLite file" }}
{{- end }}
{{- $lease := get (.Values.config.redis | default dict) "lease" | default "120s" | toString }}
{{- $seconds := 0 }}
{{- range regexFindAll "[0-9]+(h|m|s)" $lease -1 }}
{{- $seconds = add $seconds (mul (regexFind "[0-9]+" .) (get (dict "h" 3600 "m" 60 "s" 1) (regexFind "[hms]" .))) }}
{{- end }}
{{- if lt (int .Values.worker.terminationGracePeriodSeconds) (int $seconds) }}
{{- fail (printf "worker.terminationGracePeriodSeconds %d is shorter than a lease (config.redis.lease, %s): a worker could be killed with pages in hand" (int .Values.worker.terminationGracePeriodSeconds) $lease) }}
{{- end }}
{{- $a := .Values.worker.autoscaling }}
{{- if and (eq $a.mode "keda") (not $a.prometheusAddress) }}
{{- fail "worker.autoscaling.mode keda needs worker.autoscaling.prometheusAddress, such as http://prometheus.monitoring:9090" }}
{{- end }}
{{- if and (eq $a.mode "hpa") (lt (int $a.minReplicas) 1) }}
{{- fail "worker.autoscaling.minReplicas 0 needs mode keda: an HPA does not scale from zero" }}
{{- end }}
{{- if gt (int $a.minReplicas) (int $a.maxReplicas) }}
{{- fail (printf "worker.autoscaling.minReplicas %d is more than maxReplicas %d" (int $a.minReplicas) (int $a.maxReplicas)) }}
{{- end }}
{{- end }}
{{- if and .Values.externalRedis.clientCertificate (not .Values.externalRedis.tlsSecret) }}
{{- fail "externalRedis.clientCertificate needs externalRedis.tlsSecret with tls.crt and tls.key" }}
{{- end }}
{{- if and .Values.externalRedis.tlsSecret (not (hasPrefix "rediss" .Values.externalRedis.url)) }}
{{- fail (printf "externalRedis.tlsSecret is given, but externalRedis.url %q does not speak TLS: use rediss://" .Values.externalRedis.url) }}
{{- end }}
{{- if regexMatch "^[a-z+]+://[^/@]*:[^/@]+@" .Values.externalRedis.url }}
{{- fail "externalRedis.url has a password in it: put it into a Secret and name that under externalRedis.existingSecret" }}
{{- end }}
{{- end }}

{{- define "prescreen.validateServer" -}}
{{- with .Values.server }}
{{- $sqlite := eq $.Values.store.type "sqlite" }}
{{- if and .enabled $sqlite (gt (int .replicas) 1) }}
{{- fail (printf "server.replicas %d needs store.type postgresql: SQLite is a file of one node" (int .replicas)) }}
{{- end }}
{{- if and .enabled $sqlite .autoscaling.enabled }}
{{- fail "server.autoscaling.enabled needs store.type postgresql: SQLite is a file of one node" }}
{{- end }}
{{- if and .ingress.enabled .httpRoute.enabled }}
{{- fail "server.ingress.enabled and server.httpRoute.enabled exclude each other: use one of them" }}
{{- end }}
{{- if and .ingress.enabled (not .ingress.hosts) }}
{{- fail "server.ingress.hosts is empty: name the host that people use" }}
{{- end }}
{{- if and .httpRoute.enabled (not .httpRoute.parentRefs) }}
{{- fail "server.httpRoute.parentRefs is empty: name the Gateway, as [{name: …, namespace: …}]" }}
{{- end }}
{{- if gt (int .autoscaling.minReplicas) (int .autoscaling.maxReplicas) }}
{{- fail (printf "server.autoscaling.minReplicas %d is more than maxReplicas %d" (int .autoscaling.minReplicas) (int .autoscaling.maxReplicas)) }}
{{- end }}
{{- if .publicURL }}
{{- $u := urlParse .publicURL }}
{{- if or (not (has $u.scheme (list "http" "https"))) (not $u.host) }}
{{- fail (printf "server.publicURL %q is not an http or https address" .publicURL) }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* Secrets and ConfigMaps that are named must be there, with their keys: a pod would wait for them for ever. */}}
{{- define "prescreen.validateReferences" -}}
{{- $v := .Values }}
{{- $wanted := list
      (list "Secret" "installationKey.existingSecret" $v.installationKey.existingSecret (list $v.installationKey.key))
      (list "Secret" "store.postgresql.existingSecret" $v.store.postgresql.existingSecret (list $v.store.postgresql.key))
      (list "Secret" "store.postgresql.caSecret" $v.store.postgresql.caSecret (list "ca.crt"))
      (list "Secret" "dictionaries.termKey.secret" $v.dictionaries.termKey.secret (list $v.dictionaries.termKey.key))
      (list "Secret" "existingConfig.secret" $v.existingConfig.secret (list $v.existingConfig.key))
      (list "ConfigMap" "existingConfig.configMap" $v.existingConfig.configMap (list $v.existingConfig.key)) }}
{{- if $v.redis.enabled }}
{{- $wanted = append $wanted (list "Secret" "redis.auth.existingSecret" $v.redis.auth.existingSecret (list $v.redis.auth.key)) }}
{{- else }}
{{- $wanted = append $wanted (list "Secret" "externalRedis.existingSecret" $v.externalRedis.existingSecret (list $v.externalRedis.key)) }}
{{- end }}
{{- $tls := ternary (list "ca.crt" "tls.crt" "tls.key") (list "ca.crt") $v.externalRedis.clientCertificate }}
{{- $wanted = append $wanted (list "Secret" "externalRedis.tlsSecret" $v.externalRedis.tlsSecret $tls) }}
{{- range $v.dictionaries.configMaps }}{{ $wanted = append $wanted (list "ConfigMap" "dictionaries.configMaps" . list) }}{{ end }}
{{- range $v.dictionaries.secrets }}{{ $wanted = append $wanted (list "Secret" "dictionaries.secrets" . list) }}{{ end }}
{{- $ns := include "prescreen.namespace" . }}
{{- range $wanted }}
{{- $kind := index . 0 }}{{ $value := index . 1 }}{{ $name := index . 2 }}
{{- if $name }}
{{- $found := lookup "v1" $kind $ns $name }}
{{- if not $found }}
{{- fail (printf "%s: there is no %s %q in namespace %q: create it first (checkReferences: false leaves this check out)" $value $kind $name $ns) }}
{{- end }}
{{- range index . 3 }}
{{- if not (hasKey ($found.data | default dict) .) }}
{{- fail (printf "%s: %s %q has no key %q; it has: %s" $value $kind $name . (keys ($found.data | default dict) | sortAlpha | join ", ")) }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
