package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync/atomic"
	"time"
)

// certificate is the server's own, read again when its files change or on
// SIGHUP, as those who renew certificates expect. One that does not load
// changes nothing.
type certificate struct {
	certFile, keyFile string
	log               *slog.Logger
	pair              atomic.Pointer[tls.Certificate]
}

func newCertificate(certFile, keyFile string, log *slog.Logger) (*certificate, error) {
	c := &certificate{certFile: certFile, keyFile: keyFile, log: log}
	return c, c.load()
}

func (c *certificate) load() error {
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return fmt.Errorf("serve.tls_cert, serve.tls_key: %w (PEM files of a certificate with its chain, and of its key)", err)
	}
	c.pair.Store(&pair)
	level := slog.LevelInfo
	if time.Until(pair.Leaf.NotAfter) < 7*24*time.Hour {
		level = slog.LevelWarn
	}
	c.log.Log(context.Background(), level, "certificate loaded", "for", pair.Leaf.DNSNames, "until", pair.Leaf.NotAfter.Local().Format(time.DateTime))
	return nil
}

// config is TLS 1.2 and later with the certificate in force.
func (c *certificate) config() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.pair.Load(), nil }}
}

// watch loads the files again on SIGHUP and when they change, until the
// returned function is called.
func (c *certificate) watch(ctx context.Context) (stop func()) {
	return watchFiles(ctx, func() (s state) {
		for _, name := range []string{c.certFile, c.keyFile} {
			if info, err := os.Stat(name); err == nil { // what is gone is told by load
				s.add(info)
			}
		}
		return s
	}, func() {
		if err := c.load(); err != nil {
			c.log.Error("the new certificate is not good; the old one stays", "err", err)
		}
	})
}
