package crawl

import (
	"context"
	"errors"
	"net"
	"net/http"
)

// Serve serves the site until ctx ends: each host has a loopback address of
// its own, all have the same port. It returns once it listens.
func (s *Site) Serve(ctx context.Context) error {
	s.port = "0"
	srv := &http.Server{Handler: s}
	context.AfterFunc(ctx, func() { srv.Close() })
	for n := range s.Hosts {
		l, err := net.Listen("tcp4", s.Host(n))
		if err != nil {
			return err
		}
		if n == 0 {
			_, s.port, _ = net.SplitHostPort(l.Addr().String())
		}
		go func() {
			if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
				panic(err) // the benchmark would measure nothing
			}
		}()
	}
	return nil
}
