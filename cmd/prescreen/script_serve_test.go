package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// waitLogCommand is `waitlog file regexp [NAME]`: waits until a line of a file
// that a background command writes matches, and puts what the first group
// matched into $NAME. A line that was waited for before is not taken again.
func waitLogCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: waitlog file regexp [NAME]")
	}
	re, err := regexp.Compile(args[1])
	ts.Check(err)
	file, done := ts.MkAbs(args[0]), ts.MkAbs(args[0])+".read"
	var text []byte
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		text, _ = os.ReadFile(file) // not there yet
		from := 0
		if b, err := os.ReadFile(done); err == nil {
			from, err = strconv.Atoi(string(b))
			ts.Check(err)
		}
		m := re.FindSubmatchIndex(text[min(from, len(text)):])
		if m == nil {
			continue
		}
		ts.Check(os.WriteFile(done, []byte(strconv.Itoa(from+m[1])), 0o600))
		if len(args) > 2 {
			ts.Setenv(args[2], string(text[from+m[2]:from+m[3]]))
		}
		return
	}
	ts.Fatalf("%s does not match %q:\n%s", args[0], args[1], text)
}

// askCommand is `ask STATUS METHOD URL [body]`: asks with $TOKEN, where that is
// set, and puts the answer into the file answer. A body that begins with { is
// JSON, any other a form. It asks again for ten seconds, since what was revoked
// or reloaded takes a moment.
func askCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: ask STATUS METHOD URL [body]")
	}
	client := &http.Client{Timeout: time.Minute, Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}, // of the test's own
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer client.CloseIdleConnections()
	var status string
	var data []byte
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
		body := strings.Join(args[3:], " ")
		req, err := http.NewRequest(args[1], args[2], strings.NewReader(body))
		ts.Check(err)
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if strings.HasPrefix(body, "{") {
			req.Header.Set("Content-Type", "application/json")
		}
		if token := ts.Getenv("TOKEN"); token != "" {
			req.Header.Set("Authorization", "Bearer "+token)
		}
		resp, err := client.Do(req)
		ts.Check(err)
		data, err = io.ReadAll(resp.Body)
		resp.Body.Close()
		ts.Check(err)
		if status = strconv.Itoa(resp.StatusCode); status == args[0] {
			ts.Check(os.WriteFile(ts.MkAbs("answer"), data, 0o600))
			return
		}
	}
	ts.Fatalf("%s %s: status %s, want %s\n%.1000s", args[1], args[2], status, args[0], data)
}

// makeCertCommand is `mkcert name [file]`: a certificate for a host name, into
// file.crt and file.key.
func makeCertCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: mkcert name [file]")
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ts.Check(err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: args[0]}, DNSNames: []string{args[0]},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(30 * 24 * time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	ts.Check(err)
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	ts.Check(err)
	file := args[len(args)-1]
	ts.Check(os.WriteFile(ts.MkAbs(file+".key"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}), 0o600))
	ts.Check(os.WriteFile(ts.MkAbs(file+".crt"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
}

// certNameCommand is `certname host:port name`: the server there shows the
// certificate for that name, within ten seconds.
func certNameCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: certname host:port name")
	}
	got := ""
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		conn, err := tls.Dial("tcp", args[0], &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS13}) // it is the certificate that is looked at
		ts.Check(err)
		got = conn.ConnectionState().PeerCertificates[0].Subject.CommonName
		conn.Close()
		if got == args[1] {
			return
		}
	}
	ts.Fatalf("the certificate is for %s, not for %s", got, args[1])
}
