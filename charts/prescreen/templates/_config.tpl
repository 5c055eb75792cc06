{{/* Keys of prescreen.yaml that the chart sets itself, and what to use instead. */}}
{{- define "prescreen.ownKeys" -}}
language: language
organisation: organisation
contact: contact
data_dir: persistence
cache_dir: tmp
key_file: installationKey
dictionaries: dictionaries
term_key_file: dictionaries.termKey
sites: sites
metrics: metrics
{{- end }}

{{/* prescreen.yaml. */}}
{{- define "prescreen.config" -}}
{{- $secrets := "/etc/prescreen/secrets" }}
{{- $own := dict
      "language" .Values.language
      "organisation" .Values.organisation
      "contact" .Values.contact
      "data_dir" "/var/lib/prescreen"
      "cache_dir" "/var/cache/prescreen"
      "key_file" (printf "%s/installation.key" $secrets)
      "dictionaries" (include "prescreen.dictionaryFolders" . | fromYamlArray)
      "sites" .Values.sites
      "crawl" (dict "output" "/var/lib/prescreen/reports") }}
{{- if .Values.dictionaries.termKey.secret }}
{{- $_ := set $own "term_key_file" (printf "%s/term.key" $secrets) }}
{{- end }}
{{- if include "prescreen.hasRedis" . }}
{{- $_ := set $own.crawl "redis" (include "prescreen.redisURL" .) }}
{{- $redis := dict }}
{{- if include "prescreen.redisSecret" . }}
{{- $_ := set $redis "password_file" (printf "%s/redis-password" $secrets) }}
{{- end }}
{{- with .Values.externalRedis }}
{{- if .tlsSecret }}{{ $_ := set $redis "ca_file" "/etc/prescreen/redis-tls/ca.crt" }}{{ end }}
{{- if .clientCertificate }}
{{- $_ := set $redis "cert_file" "/etc/prescreen/redis-tls/tls.crt" }}
{{- $_ := set $redis "key_file" "/etc/prescreen/redis-tls/tls.key" }}
{{- end }}
{{- if .serverName }}{{ $_ := set $redis "server_name" .serverName }}{{ end }}
{{- end }}
{{- if $redis }}{{ $_ := set $own "redis" $redis }}{{ end }}
{{- end }}
{{- with .Values.server }}
{{- if .enabled }}
{{- $_ := set $own "serve" (dict "listen" ":8080" "public_url" .publicURL "trusted_proxies" .trustedProxies
      "tls_proxy" (hasPrefix "https://" .publicURL) "shutdown" (printf "%ds" (int .terminationGracePeriodSeconds))) }}
{{- end }}
{{- end }}
{{- if .Values.metrics.enabled }}
{{- $_ := set $own "metrics" (dict "listen" (printf ":%d" (int .Values.metrics.port))) }}
{{- end }}
{{- toYaml (mustMergeOverwrite (deepCopy .Values.config) $own) }}
{{- end }}

{{/* The folders that dictionaries are mounted at. */}}
{{- define "prescreen.dictionaryFolders" -}}
{{- $root := "/etc/prescreen/dictionaries" }}
{{- $folders := list }}
{{- if .Values.dictionaries.files }}{{ $folders = append $folders (printf "%s/files" $root) }}{{ end }}
{{- range .Values.dictionaries.configMaps }}{{ $folders = append $folders (printf "%s/configmap-%s" $root .) }}{{ end }}
{{- range .Values.dictionaries.secrets }}{{ $folders = append $folders (printf "%s/secret-%s" $root .) }}{{ end }}
{{- toYaml $folders }}
{{- end }}
