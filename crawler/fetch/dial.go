package fetch

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/netip"
	"sync/atomic"
	"syscall"
	"time"
)

// DialFunc connects to "host:port", the host as in the URL.
type DialFunc func(ctx context.Context, network, addr string) (net.Conn, error)

// dialer makes the connections of one site's transport. The address is
// checked on what the name resolved to, for every connection: a name that
// turns private after the first look-up is refused like any other.
type dialer struct {
	dns     *dnsCache
	allowed [][]netip.Prefix
	timeout time.Duration
	// override takes the place of resolving, checking and dialing.
	override DialFunc
	tls      *tls.Config
	insecure bool
	maxHead  int
}

// conn is a connection with what a page has to tell about it.
type conn struct {
	net.Conn
	badCert atomic.Pointer[string] // set while handshaking
	// owner is told when the connection dies with a request on it. net/http
	// would quietly send the request again, past the politeness clock.
	owner atomic.Pointer[func(error)]
}

// lost reports a connection that died before its response began.
func (c *conn) lost(err error) {
	if f := c.owner.Load(); f != nil {
		(*f)(fmt.Errorf("connection lost before a response: %w", err))
	}
}

// baseOf finds the conn below what the transport works with.
func baseOf(c net.Conn) *conn {
	switch c := c.(type) {
	case *lenientConn:
		return c.base
	case *tls.Conn:
		base, _ := c.NetConn().(*conn)
		return base
	}
	return nil
}

func (c *conn) certError() string {
	if s := c.badCert.Load(); s != nil {
		return *s
	}
	return ""
}

func (d *dialer) dial(ctx context.Context, network, addr string) (*conn, error) {
	if d.override != nil {
		c, err := d.override(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return &conn{Conn: c}, nil
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	addrs, err := d.dns.lookup(ctx, host)
	if err != nil {
		return nil, err
	}
	c, err := d.dialAny(ctx, network, host, port, addrs)
	if err != nil {
		d.dns.forget(host)
		return nil, err
	}
	return &conn{Conn: c}, nil
}

// dialAny tries the addresses in order until one answers.
func (d *dialer) dialAny(ctx context.Context, network, host, port string, addrs []netip.Addr) (net.Conn, error) {
	deadline := time.Now().Add(d.timeout)
	var firstErr, refused error
	for i, a := range addrs {
		if err := checkAddress(host, a, d.allowed...); err != nil {
			refused = err
			continue
		}
		// What is left of the time is shared fairly by the addresses left.
		share := time.Until(deadline) / time.Duration(len(addrs)-i)
		nd := net.Dialer{Timeout: max(share, time.Millisecond), ControlContext: d.control(host)}
		c, err := nd.DialContext(ctx, network, net.JoinHostPort(a.String(), port))
		if err == nil {
			return c, nil
		}
		if firstErr == nil {
			firstErr = err
		}
		if ctx.Err() != nil {
			break
		}
	}
	if firstErr == nil {
		firstErr = refused
	}
	return nil, firstErr
}

// control looks at the address once more when the socket exists: nothing
// between the look-up and the connection can change it any more.
func (d *dialer) control(host string) func(context.Context, string, string, syscall.RawConn) error {
	return func(_ context.Context, _, address string, _ syscall.RawConn) error {
		ap, err := netip.ParseAddrPort(address)
		if err != nil {
			return fmt.Errorf("check address %q: %w", address, err)
		}
		return checkAddress(host, ap.Addr(), d.allowed...)
	}
}

// dialPlain and dialTLS are what the transport calls.
func (d *dialer) dialPlain(ctx context.Context, network, addr string) (net.Conn, error) {
	c, err := d.dial(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	return newLenient(c, c, d.maxHead), nil
}

func (d *dialer) dialTLS(ctx context.Context, network, addr string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	c, err := d.dial(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	cfg := d.tls.Clone()
	cfg.ServerName = host
	cfg.NextProtos = []string{"h2", "http/1.1"}
	if d.insecure {
		cfg.VerifyConnection = func(cs tls.ConnectionState) error {
			if err := verify(cs, cfg.RootCAs, host); err != nil {
				why := err.Error()
				c.badCert.Store(&why)
			}
			return nil
		}
	}
	ctx, cancel := context.WithTimeout(ctx, d.timeout)
	defer cancel()
	tc := tls.Client(c, cfg)
	if err := tc.HandshakeContext(ctx); err != nil {
		_ = c.Close()
		return nil, &tlsError{fmt.Errorf("TLS handshake with %q: %w", host, err)}
	}
	if tc.ConnectionState().NegotiatedProtocol == "h2" {
		return tc, nil // as such, or the transport would not speak HTTP/2 on it
	}
	return newLenient(tc, c, d.maxHead), nil
}

// tlsConfig is the client side of a site. Portals are old: key exchange by RSA,
// which browsers still speak and Go no longer offers by itself, is offered to
// all, TLS 1.0 and what else is broken only to sites that may have a bad
// certificate anyway.
func tlsConfig(roots *x509.CertPool, insecure bool) *tls.Config {
	cfg := &tls.Config{RootCAs: roots, InsecureSkipVerify: insecure}
	for _, s := range tls.CipherSuites() {
		cfg.CipherSuites = append(cfg.CipherSuites, s.ID)
	}
	if !insecure {
		cfg.CipherSuites = append(cfg.CipherSuites,
			tls.TLS_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_RSA_WITH_AES_256_GCM_SHA384,
			tls.TLS_RSA_WITH_AES_128_CBC_SHA, tls.TLS_RSA_WITH_AES_256_CBC_SHA)
		return cfg
	}
	cfg.MinVersion = tls.VersionTLS10
	for _, s := range tls.InsecureCipherSuites() {
		cfg.CipherSuites = append(cfg.CipherSuites, s.ID)
	}
	return cfg
}

// verify does what crypto/tls does unless it is told to skip it.
func verify(cs tls.ConnectionState, roots *x509.CertPool, host string) error {
	if len(cs.PeerCertificates) == 0 {
		return fmt.Errorf("no certificate")
	}
	opts := x509.VerifyOptions{Roots: roots, DNSName: host, Intermediates: x509.NewCertPool()}
	for _, c := range cs.PeerCertificates[1:] {
		opts.Intermediates.AddCert(c)
	}
	_, err := cs.PeerCertificates[0].Verify(opts)
	return err
}
