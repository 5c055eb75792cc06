package fetch

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"

	"prescreen/crawler"
)

// Error is why there is no usable response. Its class decides about retries.
type Error struct {
	Class crawler.ErrorClass
	URL   string
	Err   error
}

func (e *Error) Error() string {
	return fmt.Sprintf("fetch %q: %s: %v", e.URL, e.Class, e.Err)
}

func (e *Error) Unwrap() error { return e.Err }

// ErrorClass is what crawler.ClassOf asks for.
func (e *Error) ErrorClass() string { return string(e.Class) }

// Reasons for which this package itself ends an exchange.
var (
	errIdle     = errors.New("no data for too long")
	errSlow     = errors.New("data comes too slowly")
	errEnd      = errors.New("took longer than allowed")
	errTooLarge = errors.New("larger than allowed")
)

// localError is a fault on this machine: no disk space, no file handle.
type localError struct{ err error }

func (e *localError) Error() string { return e.err.Error() }
func (e *localError) Unwrap() error { return e.err }

// dnsError is a name that could not be resolved.
type dnsError struct{ err error }

func (e *dnsError) Error() string { return e.err.Error() }
func (e *dnsError) Unwrap() error { return e.err }

// tlsError is a failed handshake.
type tlsError struct{ err error }

func (e *tlsError) Error() string { return e.err.Error() }
func (e *tlsError) Unwrap() error { return e.err }

// classify names the class of an error of one exchange.
func classify(err error) crawler.ErrorClass {
	var (
		refused *AddressError
		dns     *dnsError
		local   *localError
		handsh  *tlsError
		cert    *tls.CertificateVerificationError
		unknown x509.UnknownAuthorityError
		record  tls.RecordHeaderError
		alert   tls.AlertError
		op      *net.OpError
		timeout interface{ Timeout() bool }
	)
	isTimeout := errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timeout) && timeout.Timeout()
	switch {
	case errors.As(err, &refused):
		return crawler.ErrorRefused
	case errors.As(err, &local), errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE), errors.Is(err, syscall.ENOSPC):
		return crawler.ErrorLocal
	case errors.Is(err, errIdle), errors.Is(err, errSlow), errors.Is(err, errEnd):
		return crawler.ErrorTimeout
	case errors.As(err, &dns):
		return crawler.ErrorDNS
	case errors.As(err, &cert), errors.As(err, &unknown), errors.As(err, &record), errors.As(err, &alert):
		return crawler.ErrorTLS
	case errors.As(err, &handsh) && !isTimeout && !isReset(err):
		return crawler.ErrorTLS
	case errors.As(err, &op) && (op.Op == "dial" || op.Op == "proxyconnect"):
		return crawler.ErrorConnect
	case isTimeout:
		return crawler.ErrorTimeout
	}
	return crawler.ErrorProtocol
}

// isReset says that the other side hung up, which may be better next time.
func isReset(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || strings.HasSuffix(err.Error(), "EOF")
}
