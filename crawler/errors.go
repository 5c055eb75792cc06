package crawler

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"syscall"
)

// ErrorClass is what went wrong while fetching; it decides about retries.
type ErrorClass string

// The classes.
const (
	ErrorDNS      ErrorClass = "dns"             // no such name, or no answer: the host's fault
	ErrorConnect  ErrorClass = "connect"         // refused, unreachable: the host's fault
	ErrorTLS      ErrorClass = "tls"             // bad certificate or handshake; not retried
	ErrorTimeout  ErrorClass = "timeout"         // no answer in time
	ErrorProtocol ErrorClass = "protocol"        // not HTTP, broken or cut off
	ErrorRefused  ErrorClass = "address-refused" // the address may not be fetched; not retried
	ErrorTooLarge ErrorClass = "too-large"       // not retried
	ErrorLocal    ErrorClass = "local"           // the fault is ours (disk full, …)
	ErrorOther    ErrorClass = "other"
)

// ClassOf returns the class of an error of a Fetcher: what its
// method ErrorClass says, otherwise it is told from the errors of net, TLS and
// HTTP.
func ClassOf(err error) ErrorClass {
	var own interface{ ErrorClass() string }
	var dns *net.DNSError
	var cert *tls.CertificateVerificationError
	var unknown x509.UnknownAuthorityError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	var op *net.OpError
	var timeout interface{ Timeout() bool }
	switch {
	case errors.As(err, &own):
		return ErrorClass(own.ErrorClass())
	case errors.As(err, &dns):
		return ErrorDNS
	case errors.As(err, &cert), errors.As(err, &unknown), errors.As(err, &record), errors.As(err, &alert):
		return ErrorTLS
	case errors.As(err, &op) && op.Op == "dial",
		errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return ErrorConnect
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return ErrorTimeout
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return ErrorProtocol
	}
	return ErrorOther
}

// HostFault says that the host rather than the one URL is to blame.
func (c ErrorClass) HostFault() bool { return c == ErrorDNS || c == ErrorConnect }

// Retry says that another try may help.
func (c ErrorClass) Retry() bool {
	return c != ErrorTLS && c != ErrorRefused && c != ErrorTooLarge
}
