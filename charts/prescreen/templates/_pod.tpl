{{/*
What all pods of the program share. Call with
(dict "root" . "component" name "values" its-values "args" [...]).
*/}}
{{- define "prescreen.podMetadata" -}}
{{- $ := .root -}}
labels:
  {{- include "prescreen.labels" (list $ .component) | nindent 2 }}
  {{- with .values.podLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
annotations:
  kubectl.kubernetes.io/default-container: {{ .component }}
  {{- if not (or $.Values.existingConfig.secret $.Values.existingConfig.configMap) }}
  checksum/config: {{ include "prescreen.config" $ | sha256sum }}
  {{- end }}
  {{- with $.Values.dictionaries.files }}
  checksum/dictionaries: {{ toYaml . | sha256sum }}
  {{- end }}
  {{- with .values.podAnnotations }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}

{{- define "prescreen.podBasics" -}}
{{- $ := .root -}}
serviceAccountName: {{ include "prescreen.serviceAccount" $ }}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  {{- toYaml $.Values.podSecurityContext | nindent 2 }}
{{- with include "prescreen.pullSecrets" $ | trim }}{{ . | nindent 0 }}{{ end }}
{{- with $.Values.hostAliases }}
hostAliases:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* The container but for ports, probes and lifecycle. */}}
{{- define "prescreen.container" -}}
{{- $ := .root -}}
name: {{ .component }}
image: {{ include "prescreen.image" $ }}
imagePullPolicy: {{ $.Values.image.pullPolicy }}
args:
  {{- toYaml (concat .args (.values.extraArgs | default list)) | nindent 2 }}
env:
  {{- include "prescreen.env" $ | nindent 2 }}
  {{- with .values.extraEnv }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with .values.extraEnvFrom }}
envFrom:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  {{- toYaml $.Values.securityContext | nindent 2 }}
resources:
  {{- toYaml .values.resources | nindent 2 }}
volumeMounts:
  {{- include "prescreen.mounts" $ | nindent 2 }}
  {{- with .values.extraVolumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}

{{- define "prescreen.env" -}}
- name: TZ
  value: {{ .Values.timeZone }}
{{- if eq .Values.store.type "postgresql" }}
- name: PRESCREEN_STORE
  valueFrom:
    secretKeyRef:
      name: {{ .Values.store.postgresql.existingSecret }}
      key: {{ .Values.store.postgresql.key }}
{{- end }}
{{- end }}

{{- define "prescreen.mounts" -}}
- {name: config, mountPath: /etc/prescreen/prescreen.yaml, subPath: prescreen.yaml, readOnly: true}
- {name: secrets, mountPath: /etc/prescreen/secrets, readOnly: true}
{{- with include "prescreen.dictionaryMounts" . | trim }}{{ . | nindent 0 }}{{ end }}
{{- if .Values.externalRedis.tlsSecret }}
- {name: redis-tls, mountPath: /etc/prescreen/redis-tls, readOnly: true}
{{- end }}
{{- if .Values.store.postgresql.caSecret }}
- {name: postgresql-ca, mountPath: /etc/prescreen/postgresql, readOnly: true}
{{- end }}
- {name: data, mountPath: /var/lib/prescreen}
- {name: cache, mountPath: /var/cache/prescreen}
- {name: tmp, mountPath: /tmp}
{{- end }}

{{- define "prescreen.dictionaryMounts" -}}
{{- if .Values.dictionaries.files }}
- {name: dictionaries, mountPath: /etc/prescreen/dictionaries/files, readOnly: true}
{{- end }}
{{- range .Values.dictionaries.configMaps }}
- {name: configmap-{{ . }}, mountPath: /etc/prescreen/dictionaries/configmap-{{ . }}, readOnly: true}
{{- end }}
{{- range .Values.dictionaries.secrets }}
- {name: secret-{{ . }}, mountPath: /etc/prescreen/dictionaries/secret-{{ . }}, readOnly: true}
{{- end }}
{{- end }}

{{/* Call with (list . config-map-of-the-configuration config-map-of-the-dictionaries). */}}
{{- define "prescreen.configVolumes" -}}
{{- $ := first . }}{{ $map := index . 1 }}{{ $dictionaries := index . 2 -}}
- name: config
  {{- if $.Values.existingConfig.secret }}
  secret:
    secretName: {{ $.Values.existingConfig.secret }}
    items: [{key: {{ $.Values.existingConfig.key }}, path: prescreen.yaml}]
  {{- else if $.Values.existingConfig.configMap }}
  configMap:
    name: {{ $.Values.existingConfig.configMap }}
    items: [{key: {{ $.Values.existingConfig.key }}, path: prescreen.yaml}]
  {{- else }}
  configMap:
    name: {{ $map }}
    items: [{key: prescreen.yaml, path: prescreen.yaml}]
  {{- end }}
{{- with $.Values.dictionaries.files }}
- name: dictionaries
  configMap:
    name: {{ $dictionaries }}
    items:
      {{- range $name, $_ := . }}
      - {key: {{ $name }}, path: {{ $name }}}
      {{- end }}
{{- end }}
{{- range $.Values.dictionaries.configMaps }}
- name: configmap-{{ . }}
  configMap: {name: {{ . }}}
{{- end }}
{{- range $.Values.dictionaries.secrets }}
- name: secret-{{ . }}
  secret: {secretName: {{ . }}, defaultMode: 0440}
{{- end }}
{{- end }}

{{- define "prescreen.volumes" -}}
{{ include "prescreen.configVolumes" (list . (printf "%s-config" (include "prescreen.fullname" .)) (printf "%s-dictionaries" (include "prescreen.fullname" .))) }}
- name: secrets
  projected:
    defaultMode: 0440
    sources:
      {{- include "prescreen.secretSources" . | nindent 6 }}
{{- with .Values.externalRedis.tlsSecret }}
- name: redis-tls
  secret: {secretName: {{ . }}, defaultMode: 0440}
{{- end }}
{{- with .Values.store.postgresql.caSecret }}
- name: postgresql-ca
  secret: {secretName: {{ . }}, defaultMode: 0440}
{{- end }}
- name: data
  {{- if and (eq .Values.store.type "sqlite") .Values.persistence.enabled }}
  persistentVolumeClaim:
    claimName: {{ default (printf "%s-data" (include "prescreen.fullname" .)) .Values.persistence.existingClaim }}
  {{- else }}
  emptyDir: {}
  {{- end }}
{{- with include "prescreen.temporary" . | trim }}{{ . | nindent 0 }}{{ end }}
{{- end }}

{{- define "prescreen.secretSources" -}}
- secret:
    name: {{ include "prescreen.keySecret" . }}
    items: [{key: {{ .Values.installationKey.key }}, path: installation.key}]
{{- with .Values.dictionaries.termKey }}
{{- if .secret }}
- secret:
    name: {{ .secret }}
    items: [{key: {{ .key }}, path: term.key}]
{{- end }}
{{- end }}
{{- if include "prescreen.redisSecret" . }}
- secret:
    name: {{ include "prescreen.redisSecret" . }}
    items: [{key: {{ ternary .Values.redis.auth.key .Values.externalRedis.key .Values.redis.enabled }}, path: redis-password}]
{{- end }}
{{- end }}

{{- define "prescreen.temporary" }}
- name: cache
  emptyDir: {sizeLimit: 1Gi}
- name: tmp
  emptyDir:
    sizeLimit: {{ .Values.tmp.sizeLimit }}
    {{- with .Values.tmp.medium }}
    medium: {{ . }}
    {{- end }}
{{- end }}

{{/* On a volume of one node all pods that use it run on the node of the server. */}}
{{- define "prescreen.affinity" -}}
{{- $ := .root -}}
{{- if .values.affinity }}
affinity:
  {{- toYaml .values.affinity | nindent 2 }}
{{- else if and (ne .component "server") (eq $.Values.store.type "sqlite") $.Values.persistence.enabled $.Values.server.enabled }}
affinity:
  podAffinity:
    requiredDuringSchedulingIgnoredDuringExecution:
      - topologyKey: kubernetes.io/hostname
        labelSelector:
          matchLabels:
            {{- include "prescreen.selector" (list $ "server") | nindent 12 }}
{{- end }}
{{- end }}

{{- define "prescreen.spread" -}}
{{- if .values.topologySpreadConstraints }}
topologySpreadConstraints:
  {{- toYaml .values.topologySpreadConstraints | nindent 2 }}
{{- else }}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- include "prescreen.selector" (list .root .component) | nindent 8 }}
{{- end }}
{{- end }}
