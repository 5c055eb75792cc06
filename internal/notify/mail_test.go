package notify

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"mime"
	"net"
	"net/http/httptest"
	"net/mail"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// mailbox is an SMTP server that takes mail from whoever knows the password.
type mailbox struct {
	mu        sync.Mutex
	mails     []string
	to        []string
	encrypted bool
	refuse    error // instead of taking the mail
	times     int   // how often to refuse
}

type session struct {
	box   *mailbox
	conn  *smtp.Conn
	known bool
}

func (b *mailbox) NewSession(c *smtp.Conn) (smtp.Session, error) {
	return &session{box: b, conn: c}, nil
}
func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }
func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "prescreen" || password != "mail-password" {
			return smtp.ErrAuthFailed
		}
		s.known = true
		return nil
	}), nil
}
func (s *session) Mail(string, *smtp.MailOptions) error {
	if !s.known {
		return smtp.ErrAuthRequired
	}
	return nil
}
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.box.mu.Lock()
	defer s.box.mu.Unlock()
	s.box.to = append(s.box.to, to)
	return nil
}
func (s *session) Data(r io.Reader) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.box.mu.Lock()
	defer s.box.mu.Unlock()
	if s.box.times > 0 {
		s.box.times--
		return s.box.refuse
	}
	_, s.box.encrypted = s.conn.TLSConnectionState()
	s.box.mails = append(s.box.mails, string(data))
	return nil
}
func (s *session) Reset()        {}
func (s *session) Logout() error { return nil }

// serveMail starts a mail server on loopback; implicit speaks TLS at once.
func serveMail(t *testing.T, box *mailbox, implicit bool) MailConfig {
	t.Helper()
	web := httptest.NewTLSServer(nil) // for its certificate, which names 127.0.0.1
	t.Cleanup(web.Close)
	server := smtp.NewServer(box)
	server.Domain = "localhost"
	server.TLSConfig = &tls.Config{Certificates: web.TLS.Certificates}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	cfg := MailConfig{
		Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, TLS: StartTLS, Username: "prescreen", Password: "mail-password",
		From: "保密预审 <prescreen@example.gov.cn>", To: []string{"bmb@example.gov.cn", "zhuren@example.gov.cn"}, RootCAs: x509.NewCertPool(),
	}
	cfg.RootCAs.AddCert(web.Certificate())
	if implicit {
		l, cfg.TLS = tls.NewListener(l, server.TLSConfig), TLS
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		server.Serve(l)
	}()
	t.Cleanup(func() {
		server.Close()
		<-done
	})
	return cfg
}

func sendMail(t *testing.T, cfg MailConfig, attempts int) error {
	t.Helper()
	c, err := NewMail(cfg)
	if err != nil {
		t.Fatal(err)
	}
	n := quick(Subscription{Name: "mail", Channel: c})
	n.Attempts = attempts
	return Send(t.Context(), n, "", sampleMessage(RunEnd))
}

func TestMail(t *testing.T) {
	for _, implicit := range []bool{false, true} {
		box := &mailbox{}
		if err := sendMail(t, serveMail(t, box, implicit), 1); err != nil {
			t.Fatal(err)
		}
		if len(box.mails) != 1 || len(box.to) != 2 || !box.encrypted {
			t.Fatalf("implicit %v: %+v", implicit, box)
		}
		m, err := mail.ReadMessage(strings.NewReader(box.mails[0]))
		if err != nil {
			t.Fatal(err)
		}
		subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
		if err != nil || subject != "【保密预审】检查完成：疑似问题 20 个" {
			t.Errorf("subject %q %v", subject, err)
		}
		if d, err := m.Header.Date(); err != nil || d.Unix() != now().Unix() {
			t.Errorf("date %v %v", d, err)
		}
	}
}

// 4xx is tried again, 5xx is not (RFC 5321, 4.2.1).
func TestMailRefused(t *testing.T) {
	busy := &mailbox{refuse: &smtp.SMTPError{Code: 451, Message: "try later"}, times: 2}
	if err := sendMail(t, serveMail(t, busy, false), 4); err != nil || len(busy.mails) != 1 {
		t.Errorf("451 twice: %v, %d mails", err, len(busy.mails))
	}
	never := &mailbox{refuse: &smtp.SMTPError{Code: 550, Message: "no"}, times: 2}
	if err := sendMail(t, serveMail(t, never, false), 4); err == nil || never.times != 1 {
		t.Errorf("550: %v, refused %d times", err, 2-never.times)
	}
	wrong := serveMail(t, &mailbox{}, false)
	wrong.Password = "wrong"
	if err := sendMail(t, wrong, 1); err == nil || strings.Contains(err.Error(), "wrong") {
		t.Errorf("a wrong password: %v", err)
	}
}

// A server that is not the one that was configured gets no password, and one
// without TLS gets nothing.
func TestMailNeedsTLS(t *testing.T) {
	box := &mailbox{}
	cfg := serveMail(t, box, false)
	cfg.RootCAs = x509.NewCertPool()
	if err := sendMail(t, cfg, 1); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("an unknown certificate: %v", err)
	}
	plain := smtp.NewServer(box)
	plain.AllowInsecureAuth = true
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		plain.Serve(l)
	}()
	defer func() {
		plain.Close()
		<-done
	}()
	cfg.Port = l.Addr().(*net.TCPAddr).Port
	if err := sendMail(t, cfg, 1); err == nil || len(box.mails) != 0 {
		t.Errorf("no TLS: %v, %d mails", err, len(box.mails))
	}
}

func TestMailConfig(t *testing.T) {
	good := MailConfig{Host: "h", TLS: StartTLS, From: "a@example.com", To: []string{"b@example.com"}}
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	for want, change := range map[string]func(*MailConfig){
		"host is missing": func(c *MailConfig) { c.Host = "" },
		"use starttls":    func(c *MailConfig) { c.TLS = "ssl" },
		"in the clear":    func(c *MailConfig) { c.TLS, c.Password = NoTLS, "x" },
		"to is missing":   func(c *MailConfig) { c.To = nil },
		"not a mail addr": func(c *MailConfig) { c.To = []string{"nobody"} },
	} {
		c := good
		change(&c)
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// A server that is down for a while is asked again.
func TestMailServerAway(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	c, err := NewMail(MailConfig{Host: "127.0.0.1", Port: port, TLS: StartTLS, From: "a@example.com", To: []string{"b@example.com"}})
	if err != nil {
		t.Fatal(err)
	}
	var temporary *Temporary
	if err := c.Send(t.Context(), sampleMessage(Test)); !errors.As(err, &temporary) {
		t.Errorf("%v (port %s)", err, strconv.Itoa(port))
	}
}
