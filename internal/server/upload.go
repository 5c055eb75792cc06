package server

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"os"
	"path"
	"strings"
)

// upload is a file that somebody sent. It lies in a temporary file that has
// no name any more, so that nothing of it is left when the process dies.
type upload struct {
	name string // as sent, without folders: a label
	data *os.File
	size int64
	hash string
}

func (u *upload) Close() {
	if u.data != nil {
		u.data.Close()
	}
}

// form is an upload request: its files and its fields.
type form struct {
	files  []*upload
	fields map[string]string
}

func (f *form) Close() {
	for _, u := range f.files {
		u.Close()
	}
}

const (
	maxFields = 50
	maxField  = 8 << 10
)

// readForm reads a multipart request. big names the one field that may be as
// long as text.
func (s *Server) readForm(r *http.Request, big string) (*form, error) {
	mr, err := r.MultipartReader()
	if err != nil {
		return nil, badRequest(fmt.Sprintf("send multipart/form-data: %v", err))
	}
	f := &form{fields: map[string]string{}}
	for {
		part, err := mr.NextPart()
		if errors.Is(err, io.EOF) {
			return f, nil
		}
		if err == nil {
			err = s.readPart(f, part, big)
		}
		if err != nil {
			f.Close()
			var tooBig *http.MaxBytesError
			var bad badRequest
			if errors.As(err, &tooBig) || errors.As(err, &bad) {
				return nil, err
			}
			return nil, badRequest(fmt.Sprintf("the upload is not complete: %v", err))
		}
	}
}

func (s *Server) readPart(f *form, part *multipart.Part, big string) error {
	defer part.Close()
	name, isFile := fileName(part.Header.Get("Content-Disposition"))
	if !isFile {
		if len(f.fields) >= maxFields {
			return badRequest(fmt.Sprintf("more than %d fields", maxFields))
		}
		limit := int64(maxField)
		if part.FormName() == big {
			limit = s.cfg.Limits.Text
		}
		data, err := io.ReadAll(io.LimitReader(part, limit+1))
		if err != nil {
			return err
		}
		if int64(len(data)) > limit {
			return badRequest(fmt.Sprintf("field %q is longer than %d bytes", part.FormName(), limit))
		}
		f.fields[part.FormName()] = string(data)
		return nil
	}
	if len(f.files) >= s.cfg.Limits.Files {
		return badRequest(fmt.Sprintf("more than %d files", s.cfg.Limits.Files))
	}
	u, err := spool(part)
	if err != nil {
		return err
	}
	if name == "" && u.size == 0 { // a browser's file field that was left empty
		u.Close()
		return nil
	}
	u.name = name
	f.files = append(f.files, u)
	return nil
}

// fileName returns the name of a file without folders; multipart's own
// FileName does not tell a file without a name from a field.
func fileName(disposition string) (name string, isFile bool) {
	_, params, err := mime.ParseMediaType(disposition)
	if err != nil {
		return "", false
	}
	name, isFile = params["filename"]
	return baseName(name), isFile
}

func baseName(name string) string {
	name = path.Base(strings.ReplaceAll(strings.ToValidUTF8(name, "\uFFFD"), `\`, "/"))
	if name == "." || name == "/" {
		return ""
	}
	if r := []rune(name); len(r) > 200 {
		name = string(r[len(r)-200:]) // the extension is at the end
	}
	return name
}

// spool copies r into a temporary file without a name.
func spool(r io.Reader) (*upload, error) {
	f, err := os.CreateTemp("", "prescreen-upload-*")
	if err != nil {
		return nil, fmt.Errorf("keep upload: %w", err)
	}
	if err := os.Remove(f.Name()); err != nil {
		f.Close()
		return nil, fmt.Errorf("keep upload: %w", err)
	}
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(f, h), r)
	if err != nil {
		f.Close()
		return nil, err
	}
	return &upload{data: f, size: n, hash: hex.EncodeToString(h.Sum(nil))}, nil
}
