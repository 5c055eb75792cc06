package report

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Browser prints HTML as PDF.
type Browser struct {
	Path      string // "": looked for in PATH
	NoSandbox bool   // for containers; a browser started by root needs it
}

// ErrNoBrowser says that no browser is installed.
var ErrNoBrowser = errors.New("PDF is printed by Chromium, and none was found: install chromium, set render.browser, or write html and print it")

// pdfTime bounds the printing; a report has some hundred pages at most.
const pdfTime = 5 * time.Minute

// RenderPDF writes the HTML report as it is printed. The page holds all it
// needs, and the browser gets no network.
func RenderPDF(ctx context.Context, w io.Writer, run *Run, opt Options, b Browser) error {
	// What is printed stands in the page; its script and the list that only the
	// script shows are left out, which spares the browser most of the work.
	return b.Print(ctx, w, func(page io.Writer) error { return writePage(page, run, opt, false) })
}

// Print writes a page that needs no other file as PDF.
func (b Browser) Print(ctx context.Context, w io.Writer, write func(page io.Writer) error) error {
	path, err := b.find()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "prescreen-pdf-")
	if err != nil {
		return fmt.Errorf("create folder for printing: %w", err)
	}
	defer os.RemoveAll(dir)
	page, printed := filepath.Join(dir, "report.html"), filepath.Join(dir, "report.pdf")
	f, err := os.OpenFile(page, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("write page to print: %w", err)
	}
	err = errors.Join(write(f), f.Close())
	if err != nil {
		return err
	}
	if err := b.print(ctx, path, dir, page, printed); err != nil {
		return err
	}
	pdf, err := os.Open(printed)
	if err != nil {
		return fmt.Errorf("the browser printed nothing: %w", err)
	}
	defer pdf.Close()
	if _, err := io.Copy(w, pdf); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// Installed reports whether there is a browser to print with.
func (b Browser) Installed() bool {
	_, err := b.find()
	return err == nil
}

func (b Browser) find() (string, error) {
	names := []string{"chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome", "headless-shell"}
	if b.Path != "" {
		names = []string{b.Path}
	}
	for _, n := range names {
		if path, err := exec.LookPath(n); err == nil {
			return path, nil
		}
	}
	if b.Path != "" {
		return "", fmt.Errorf("%w (render.browser is %q)", ErrNoBrowser, b.Path)
	}
	return "", ErrNoBrowser
}

func (b Browser) print(ctx context.Context, path, dir, page, printed string) error {
	ctx, cancel := context.WithTimeout(ctx, pdfTime)
	defer cancel()
	args := []string{
		"--headless", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
		"--disable-extensions", "--disable-dev-shm-usage", "--host-resolver-rules=MAP * ~NOTFOUND", "--user-data-dir=" + filepath.Join(dir, "profile"),
		"--no-pdf-header-footer", "--print-to-pdf=" + printed,
	}
	if b.NoSandbox {
		args = append(args, "--no-sandbox")
	}
	cmd := exec.CommandContext(ctx, path, append(args, "file://"+page)...)
	cmd.WaitDelay = 5 * time.Second
	out, err := cmd.CombinedOutput()
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return fmt.Errorf("print report: %w", ctx.Err())
	}
	if strings.Contains(string(out), "no-sandbox") {
		return fmt.Errorf("print report: the browser does not start as root without render.no_sandbox: true: %w", err)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return fmt.Errorf("print report: %w: %s", err, lines[len(lines)-1])
}
