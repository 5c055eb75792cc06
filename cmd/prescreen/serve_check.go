package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"prescreen/crawler/weburl"
	"prescreen/dictionaries"
	"prescreen/internal/document"
	"prescreen/internal/pipeline"
	"prescreen/scanner"
)

// webEngine is the engine as the server uses it. What it is asked comes over
// the network, so an address is only what the configuration names.
type webEngine struct {
	*engine
	hosts []string // name, name:port or *.name
}

func newWebEngine(e *engine, extra []string) *webEngine {
	w := &webEngine{engine: e}
	for _, s := range e.cfg.Sites {
		w.hosts = append(w.hosts, s.Hosts...)
	}
	w.hosts = append(w.hosts, extra...)
	e.stranger = true
	return w
}

// Check implements server.Checking.
func (w *webEngine) Check(ctx context.Context, id string, in document.Input) pipeline.Result {
	return w.checker.Check(ctx, id, in)
}

// CheckURL implements server.Checking.
func (w *webEngine) CheckURL(ctx context.Context, id, address string) pipeline.Result {
	if err := w.MayCheck(address); err != nil {
		return w.checker.Failed(id, address, scanner.Problem{Status: scanner.StatusUnreachable, Message: err.Error()})
	}
	return w.checkURL(ctx, job{id: id, url: address})
}

// MayCheck implements server.Checking. The host is compared in the form in
// which it is asked (WHATWG): 127.1, 0x7f.1 and 2130706433 are 127.0.0.1 here
// too.
func (w *webEngine) MayCheck(address string) error {
	u, err := weburl.Parse(strings.TrimSpace(address))
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return errors.New("that is not an http or https address")
	}
	for _, pattern := range w.hosts {
		if hostFits(pattern, u.Host, u.HostPort()) {
			return nil
		}
	}
	return fmt.Errorf("host %s may not be checked: the administrator lists hosts under sites or serve.check_hosts", u.HostPort())
}

// hostFits compares a host with a pattern of the configuration: the name, with
// its port where that is not the usual one, or *.name for all below.
func hostFits(pattern, host, hostPort string) bool {
	pattern = strings.ToLower(pattern)
	if below, ok := strings.CutPrefix(pattern, "*."); ok {
		return strings.HasSuffix(hostPort, "."+below)
	}
	return pattern == hostPort
}

// Set implements server.Rules.
func (w *webEngine) Set() *dictionaries.Set { return w.live.Scanner().Set() }

// Why implements server.Rules.
func (w *webEngine) Why(ctx context.Context, text string) ([]scanner.Finding, []scanner.NearMiss, error) {
	parsed, err := w.parser.Parse(ctx, document.Input{Data: strings.NewReader(text), Size: int64(len(text)), Fragment: document.SniffMarkup(text)})
	if err != nil {
		return nil, nil, err
	}
	found, nearly := w.live.Scanner().Why(ctx, &scanner.Document{Segments: parsed.Segments})
	return found, nearly, nil
}
