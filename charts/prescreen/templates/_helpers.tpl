{{- define "prescreen.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" }}
{{- end }}

{{/* At most 40 characters, so that with a suffix and the stamp of a Job it stays below 63. */}}
{{- define "prescreen.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" }}
{{- else if contains (include "prescreen.name" .) .Release.Name }}
{{- .Release.Name | trunc 40 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "prescreen.name" .) | trunc 40 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "prescreen.namespace" -}}
{{- default .Release.Namespace .Values.namespaceOverride }}
{{- end }}

{{/* What selects pods. Call with (list . component). */}}
{{- define "prescreen.selector" -}}
app.kubernetes.io/name: {{ include "prescreen.name" (first .) }}
app.kubernetes.io/instance: {{ (first .).Release.Name }}
app.kubernetes.io/component: {{ last . }}
{{- end }}

{{/* All labels of an object. Call with (list . component). */}}
{{- define "prescreen.labels" -}}
{{- $ := first . -}}
{{ include "prescreen.selector" . }}
app.kubernetes.io/version: {{ default $.Chart.AppVersion $.Values.image.tag | trunc 63 | quote }}
app.kubernetes.io/managed-by: {{ $.Release.Service }}
app.kubernetes.io/part-of: prescreen
helm.sh/chart: {{ printf "%s-%s" $.Chart.Name $.Chart.Version | replace "+" "_" }}
{{- with $.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* Name, namespace, labels and annotations. Call with (list . component suffix [annotations]). */}}
{{- define "prescreen.metadata" -}}
{{- $ := first . -}}
{{- $suffix := index . 2 -}}
name: {{ include "prescreen.fullname" $ }}{{ if $suffix }}-{{ $suffix }}{{ end }}
namespace: {{ include "prescreen.namespace" $ }}
labels:
  {{- include "prescreen.labels" (list $ (index . 1)) | nindent 2 }}
{{- $extra := dict -}}
{{- if gt (len .) 3 }}{{ $extra = index . 3 }}{{ end }}
{{- with merge (dict) $extra $.Values.commonAnnotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* An image. Call with (list . values tag). */}}
{{- define "prescreen.imageOf" -}}
{{- $ := index . 0 }}{{ $i := index . 1 }}
{{- $registry := default $i.registry $.Values.global.imageRegistry }}
{{- if $registry }}{{ $registry }}/{{ end }}{{ $i.repository }}
{{- if $i.digest }}@{{ $i.digest }}{{ else }}:{{ index . 2 }}{{ end }}
{{- end }}

{{- define "prescreen.image" -}}
{{- $tag := default .Chart.AppVersion .Values.image.tag }}
{{- with .Values.image.variant }}{{ $tag = printf "%s-%s" $tag . }}{{ end }}
{{- include "prescreen.imageOf" (list . .Values.image $tag) }}
{{- end }}

{{- define "prescreen.pullSecrets" -}}
{{- with concat .Values.global.imagePullSecrets .Values.image.pullSecrets | uniq }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "prescreen.storageClass" -}}
{{- $ := first . }}
{{- $class := default (last .).storageClass $.Values.global.storageClass }}
{{- if eq $class "-" }}
storageClassName: ""
{{- else if $class }}
storageClassName: {{ $class | quote }}
{{- end }}
{{- end }}

{{- define "prescreen.serviceAccount" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "prescreen.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "prescreen.keySecret" -}}
{{- default (printf "%s-key" (include "prescreen.fullname" .)) .Values.installationKey.existingSecret }}
{{- end }}

{{- define "prescreen.redisSecret" -}}
{{- if .Values.redis.enabled }}
{{- default (printf "%s-redis" (include "prescreen.fullname" .)) .Values.redis.auth.existingSecret }}
{{- else }}
{{- .Values.externalRedis.existingSecret }}
{{- end }}
{{- end }}

{{- define "prescreen.hasRedis" -}}
{{- if or .Values.redis.enabled .Values.externalRedis.url }}yes{{ end }}
{{- end }}

{{- define "prescreen.redisURL" -}}
{{- if .Values.redis.enabled -}}
redis://{{ include "prescreen.fullname" . }}-redis.{{ include "prescreen.namespace" . }}.svc:6379/0
{{- else -}}
{{ .Values.externalRedis.url }}
{{- end }}
{{- end }}

{{/* Whether the chart sees a cluster: every namespace has this account. */}}
{{- define "prescreen.connected" -}}
{{- if lookup "v1" "ServiceAccount" (include "prescreen.namespace" .) "default" }}yes{{ end }}
{{- end }}
