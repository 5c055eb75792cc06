package notify

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// RobotConfig of a group robot. URL is the address that the vendor shows when
// the robot is added; it holds the robot's key and is a secret.
type RobotConfig struct {
	URL    string
	Secret string           // of DingTalk and Feishu: signs each message; "": not signed
	Client *http.Client     // nil: the default one
	Now    func() time.Time // nil: time.Now
}

// answer of a robot. WeCom and DingTalk say errcode, Feishu code.
type answer struct {
	ErrCode *int   `json:"errcode"`
	ErrMsg  string `json:"errmsg"`
	Code    *int   `json:"code"`
	Msg     string `json:"msg"`
}

// accepted reads the answer of a robot: an HTTP status 200 says little.
func accepted(data []byte, tooFast ...int) error {
	var a answer
	if err := json.Unmarshal(data, &a); err != nil {
		return &Temporary{Err: errors.New("the answer is not that of a robot")}
	}
	code, text := a.ErrCode, a.ErrMsg
	if code == nil {
		code, text = a.Code, a.Msg
	}
	if code == nil {
		return &Temporary{Err: errors.New("the answer is not that of a robot")}
	}
	if *code == 0 {
		return nil
	}
	err := fmt.Errorf("the robot refused the message: code %d, %.100q", *code, text)
	if slices.Contains(tooFast, *code) {
		return &Temporary{Err: err, After: time.Minute} // limits are per minute
	}
	return err
}

// WeCom sends to a group robot of WeCom (企业微信群机器人).
type WeCom struct {
	poster
	url string
}

// NewWeCom returns the channel of a robot.
func NewWeCom(cfg RobotConfig) *WeCom { return &WeCom{newPoster(cfg.Client, cfg.Now), cfg.URL} }

// Send implements Channel.
func (w *WeCom) Send(ctx context.Context, m Message) error {
	body, err := encode(map[string]any{"msgtype": "markdown", "markdown": map[string]string{"content": markdown(&m, "\n")}})
	if err != nil {
		return err
	}
	data, err := w.post(ctx, w.url, body, nil)
	if err != nil {
		return err
	}
	return accepted(data, -1, 45009, 45033) // busy, too many calls, too many at a time
}

// DingTalk sends to a group robot of DingTalk (钉钉自定义机器人), signed where it
// has a secret.
type DingTalk struct {
	poster
	url, secret string
}

// NewDingTalk returns the channel of a robot.
func NewDingTalk(cfg RobotConfig) *DingTalk {
	return &DingTalk{newPoster(cfg.Client, cfg.Now), cfg.URL, cfg.Secret}
}

// Send implements Channel.
func (d *DingTalk) Send(ctx context.Context, m Message) error {
	body, err := encode(map[string]any{"msgtype": "markdown", "markdown": map[string]string{"title": m.Title(), "text": markdown(&m, "\n\n")}})
	if err != nil {
		return err
	}
	address := d.url
	if d.secret != "" {
		// The robot takes a signature for an hour, so each attempt has its own.
		timestamp := strconv.FormatInt(d.now().UnixMilli(), 10)
		u, err := url.Parse(address)
		if err != nil {
			return errors.New("the address of the channel is not valid")
		}
		q := u.Query()
		q.Set("timestamp", timestamp)
		q.Set("sign", base64.StdEncoding.EncodeToString(sum(d.secret, timestamp+"\n"+d.secret)))
		u.RawQuery = q.Encode()
		address = u.String()
	}
	data, err := d.post(ctx, address, body, nil)
	if err != nil {
		return err
	}
	return accepted(data, -1, 130101, 410100) // busy, too fast, too fast
}

// Feishu sends to a group robot of Feishu (飞书自定义机器人), signed where it has a
// secret.
type Feishu struct {
	poster
	url, secret string
}

// NewFeishu returns the channel of a robot.
func NewFeishu(cfg RobotConfig) *Feishu {
	return &Feishu{newPoster(cfg.Client, cfg.Now), cfg.URL, cfg.Secret}
}

// Send implements Channel.
func (f *Feishu) Send(ctx context.Context, m Message) error {
	var lines [][]map[string]string
	for _, l := range m.Lines() {
		lines = append(lines, []map[string]string{{"tag": "text", "text": l}})
	}
	if m.Link != "" {
		lines = append(lines, []map[string]string{{"tag": "a", "text": m.linkText(), "href": m.Link}})
	}
	msg := map[string]any{
		"msg_type": "post",
		"content":  map[string]any{"post": map[string]any{"zh_cn": map[string]any{"title": m.Title(), "content": lines}}},
	}
	if f.secret != "" {
		timestamp := strconv.FormatInt(f.now().Unix(), 10)
		msg["timestamp"] = timestamp
		// The vendor's way: the text is the key, and what is signed is empty.
		msg["sign"] = base64.StdEncoding.EncodeToString(sum(timestamp+"\n"+f.secret, ""))
	}
	body, err := encode(msg)
	if err != nil {
		return err
	}
	data, err := f.post(ctx, f.url, body, nil)
	if err != nil {
		return err
	}
	return accepted(data, 9499, 11232) // too many requests, too fast
}

// sum is HMAC-SHA-256 (RFC 2104).
func sum(key, text string) []byte {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

// markdown is a message in the few marks that robots understand.
func markdown(m *Message, lineEnd string) string {
	lines := []string{"**" + m.Title() + "**"}
	for _, l := range m.Lines() {
		lines = append(lines, markdownText(l))
	}
	if m.Link != "" {
		lines = append(lines, "["+m.linkText()+"]("+m.Link+")")
	}
	return strings.Join(lines, lineEnd)
}

// markdownText keeps a name from being read as a mark.
func markdownText(s string) string {
	return strings.NewReplacer("[", "［", "]", "］", "*", "＊", "`", "‘", "<", "＜", ">", "＞", "#", "＃").Replace(s)
}
