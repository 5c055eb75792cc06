package notify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/textproto"

	gomail "github.com/wneessen/go-mail"
)

// TLSMode says how a mail server is spoken to.
type TLSMode string

// The modes. Without TLS a password would be sent to whoever listens, so that
// mode takes none.
const (
	StartTLS TLSMode = "starttls" // begun in the clear, refused if the server has no TLS (port 587)
	TLS      TLSMode = "tls"      // from the first byte (port 465)
	NoTLS    TLSMode = "none"     // for a relay on this machine or in this room (port 25)
)

// MailConfig of a mail server and those it sends to.
type MailConfig struct {
	Host               string
	Port               int // 0: that of the mode
	TLS                TLSMode
	Username, Password string
	From               string
	To                 []string
	RootCAs            *x509.CertPool // nil: those of the system
}

// Validate reports the first thing that is wrong.
func (c *MailConfig) Validate() error {
	switch {
	case c.Host == "":
		return errors.New("host is missing")
	case c.TLS != StartTLS && c.TLS != TLS && c.TLS != NoTLS:
		return fmt.Errorf("tls %q: use starttls, tls or none", c.TLS)
	case c.TLS == NoTLS && c.Password != "":
		return errors.New("tls none: a password is not sent in the clear")
	case len(c.To) == 0:
		return errors.New("to is missing: name those who get the message")
	}
	for _, a := range append([]string{c.From}, c.To...) {
		if _, err := mail.ParseAddress(a); err != nil {
			return fmt.Errorf("%q is not a mail address", a)
		}
	}
	return nil
}

// Mail sends e-mail (RFC 5321) through a server.
type Mail struct{ cfg MailConfig }

// NewMail returns the channel of a mail server.
func NewMail(cfg MailConfig) (*Mail, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	return &Mail{cfg}, nil
}

// Send implements Channel.
func (c *Mail) Send(ctx context.Context, m Message) error {
	msg := gomail.NewMsg()
	err := errors.Join(msg.From(c.cfg.From), msg.To(c.cfg.To...))
	if err != nil {
		return fmt.Errorf("address mail: %w", err)
	}
	msg.Subject(m.Title())
	msg.SetBodyString(gomail.TypeTextPlain, m.text()+"\n")
	msg.SetDateWithValue(m.Time)
	msg.SetMessageID()
	opts := []gomail.Option{gomail.WithTLSConfig(&tls.Config{ServerName: c.cfg.Host, RootCAs: c.cfg.RootCAs, MinVersion: tls.VersionTLS12})}
	switch c.cfg.TLS {
	case TLS:
		opts = append(opts, gomail.WithSSLPort(false))
	case StartTLS:
		opts = append(opts, gomail.WithTLSPortPolicy(gomail.TLSMandatory))
	default:
		opts = append(opts, gomail.WithTLSPortPolicy(gomail.NoTLS))
	}
	if c.cfg.Port > 0 {
		opts = append(opts, gomail.WithPort(c.cfg.Port))
	}
	if c.cfg.Username != "" {
		opts = append(opts, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(c.cfg.Username), gomail.WithPassword(c.cfg.Password))
	}
	client, err := gomail.NewClient(c.cfg.Host, opts...)
	if err != nil {
		return fmt.Errorf("set up mail: %w", err)
	}
	if err := client.DialAndSendWithContext(ctx, msg); err != nil {
		return mailError(err)
	}
	return nil
}

// mailError tells what may go away, such as a server that is not there or a
// code of 4xx (RFC 5321, 4.2.1), from what will not.
func mailError(err error) error {
	err = fmt.Errorf("send mail: %w", err)
	var sent *gomail.SendError
	var network net.Error
	var op *net.OpError
	var reply *textproto.Error
	switch {
	case errors.As(err, &reply) && reply.Code/100 == 4:
		return &Temporary{Err: err}
	case errors.As(err, &sent) && !sent.IsTemp() && sent.ErrorCode() >= 500:
		return err
	case errors.As(err, &sent) && sent.IsTemp(), errors.As(err, &network), errors.As(err, &op):
		return &Temporary{Err: err}
	}
	return err
}
