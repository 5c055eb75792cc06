package notify

import (
	"context"
	"encoding/hex"
	"net/http"
	"strconv"
	"time"
)

// WebhookVersion is the version of the body that Webhook sends, described in
// docs/notify.md.
const WebhookVersion = 1

// WebhookConfig of a receiver of one's own.
type WebhookConfig struct {
	URL    string
	Secret string // signs each message; "": not signed
	Client *http.Client
	Now    func() time.Time
}

// Webhook posts JSON. With a secret it adds the headers
//
//	X-Prescreen-Timestamp: seconds since 1970
//	X-Prescreen-Signature: sha256=hex(HMAC-SHA-256(secret, timestamp + "." + body))
//
// so that a receiver can tell that a message is ours, unchanged and new.
type Webhook struct {
	poster
	url, secret string
}

// NewWebhook returns the channel of a receiver.
func NewWebhook(cfg WebhookConfig) *Webhook {
	return &Webhook{newPoster(cfg.Client, cfg.Now), cfg.URL, cfg.Secret}
}

// webhookBody is what is posted.
type webhookBody struct {
	Version      int            `json:"v"`
	Event        Kind           `json:"event"`
	Time         time.Time      `json:"time"`
	Organisation string         `json:"organisation,omitempty"`
	Run          string         `json:"run,omitempty"`
	Sites        []string       `json:"sites"`
	Findings     map[string]int `json:"findings"`
	New          int            `json:"new"`
	Resolved     int            `json:"resolved"`
	NotChecked   int            `json:"not_checked"`
	Overdue      int            `json:"overdue"`
	Clocks       int            `json:"clocks"`
	Link         string         `json:"link,omitempty"`
	Text         string         `json:"text"`
}

// Send implements Channel.
func (w *Webhook) Send(ctx context.Context, m Message) error {
	sites := make([]string, 0, len(m.Sites))
	for _, s := range m.Sites {
		sites = append(sites, oneLine(s))
	}
	body, err := encode(webhookBody{
		Version: WebhookVersion, Event: m.Kind, Time: m.Time, Organisation: m.Organisation, Run: m.Run, Sites: sites,
		Findings: map[string]int{"critical": m.Critical, "high": m.High, "medium": m.Medium, "low": m.Low},
		New:      m.New, Resolved: m.Resolved, NotChecked: m.NotChecked, Overdue: m.Overdue, Clocks: m.Clocks,
		Link: m.Link, Text: m.text(),
	})
	if err != nil {
		return err
	}
	header := map[string]string{"X-Prescreen-Event": string(m.Kind)}
	if w.secret != "" {
		timestamp := strconv.FormatInt(w.now().Unix(), 10)
		header["X-Prescreen-Timestamp"] = timestamp
		header["X-Prescreen-Signature"] = "sha256=" + hex.EncodeToString(sum(w.secret, timestamp+"."+string(body)))
	}
	_, err = w.post(ctx, w.url, body, header)
	return err
}
