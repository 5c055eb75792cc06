package main

import (
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"net/netip"
	"sync"
	"syscall"

	"prescreen/internal/metrics"
)

// quiet sends what net/http has to say about broken clients to the debug log.
func quiet(l *slog.Logger) *log.Logger { return slog.NewLogLogger(l.Handler(), slog.LevelDebug) }

// serveSide serves metrics and profiles on listeners of their own.
func serveSide(cfg Config, f serveFlags, m *metrics.Metrics, log *slog.Logger) (stop func(), err error) {
	var wg sync.WaitGroup
	var servers []io.Closer
	stop = func() {
		for _, s := range servers {
			s.Close()
		}
		wg.Wait()
	}
	start := func(what, field, address string, h http.Handler) error {
		l, err := listen(field, "--"+what, address)
		if err != nil {
			return err
		}
		log.Info(what, "listen", l.Addr().String())
		s := &http.Server{Handler: h, ReadHeaderTimeout: headTime, IdleTimeout: idleTime, ErrorLog: quiet(log)}
		servers = append(servers, s)
		wg.Go(func() { _ = s.Serve(l) }) // it ends with Close
		return nil
	}
	if cfg.Metrics.Listen != "" {
		mux := http.NewServeMux()
		mux.Handle("GET /metrics", m.Handler())
		if err := start("metrics", "metrics.listen", cfg.Metrics.Listen, mux); err != nil {
			return stop, err
		}
	}
	if f.pprof != "" {
		mux := http.NewServeMux()
		mux.HandleFunc("/debug/pprof/", pprof.Index)
		mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
		if err := start("pprof", "--pprof", f.pprof, mux); err != nil {
			stop()
			return stop, err
		}
	}
	return stop, nil
}

// listen opens a listener; field and flag are where its address comes from.
func listen(field, flag, address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("%s: another program listens on %s already; end it, or choose another address with %s", field, address, flag)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("%s: %s: ports below 1024 are for root; choose a higher one with %s, or put a proxy before it", field, address, flag)
	case err != nil:
		return nil, fmt.Errorf("%s: %w", field, err)
	}
	return l, nil
}

func isLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}
