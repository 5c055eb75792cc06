package main

import (
	"context"

	"prescreen/internal/server"
	"prescreen/internal/store"
)

// auditLog is the store's audit log in the words of the server.
type auditLog struct{ *store.Store }

// Entries implements server.Log.
func (l auditLog) Entries(ctx context.Context, f server.LogFilter) ([]server.Entry, error) {
	list, err := l.LatestAudit(ctx, store.AuditFilter{Actor: f.Actor, Action: f.Action, Object: f.Object, Before: f.Before, Limit: f.Limit})
	if err != nil {
		return nil, err
	}
	out := make([]server.Entry, len(list))
	for i, e := range list {
		out[i] = server.Entry{Seq: e.Seq, Time: e.Time, Actor: e.Actor, Action: e.Action, Object: e.Object, Detail: e.Detail}
	}
	return out, nil
}
