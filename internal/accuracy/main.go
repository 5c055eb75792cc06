// Command accuracy measures the shipped rules: precision, recall and F2 on
// labelled documents, overall and per category, with every miss and every
// false alarm; and the findings on folders of clean pages, per 1,000 pages.
//
// It runs the built binary through `check --batch`, as a user would, and knows
// nothing of rules. It does not judge findings on clean pages: which of them
// are right is for people to say.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// dataEnv overrides the folder of the measurement data, which is ../shared/data
// beside the repository.
const dataEnv = "PRESCREEN_SHARED_DATA"

func dataRoot() string {
	if dir := os.Getenv(dataEnv); dir != "" {
		return dir
	}
	return filepath.Join("..", "shared", "data")
}

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(2)
	}
}

func run(args []string, stdout io.Writer) error {
	fs := flag.NewFlagSet("accuracy", flag.ContinueOnError)
	bin := fs.String("bin", filepath.Join("bin", "prescreen"), "the built command")
	cases := fs.String("cases", "", "labelled JSON Lines: id, text or html, label (leak or clean), category; default cases/dev.jsonl of the measurement data")
	clean := fs.String("clean", "", "folders of clean pages, separated by commas; default text/laws and pages of the measurement data; - for none")
	show := fs.Int("show", 200, "most findings on clean pages to print")
	if err := fs.Parse(args); err != nil {
		return err
	}
	if *cases == "" {
		*cases = filepath.Join(dataRoot(), "cases", "dev.jsonl")
	}
	folders := strings.Split(*clean, ",")
	switch *clean {
	case "":
		folders = []string{filepath.Join(dataRoot(), "text", "laws"), filepath.Join(dataRoot(), "pages")}
	case "-":
		folders = nil
	}

	rows, err := readCases(*cases)
	if err != nil {
		return err
	}
	results, err := batch(*bin, rows)
	if err != nil {
		return err
	}
	t, err := score(rows, results)
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "Labelled cases: %s\n\n", *cases)
	t.print(stdout)
	for _, folder := range folders {
		pages, err := check(*bin, "--format", "jsonl", folder)
		if err != nil {
			return err
		}
		fmt.Fprintf(stdout, "\nClean pages: %s\n\n", folder)
		printClean(stdout, folder, pages, *show)
	}
	return nil
}

// labelled is one line of the cases.
type labelled struct {
	ID       string `json:"id"`
	Text     string `json:"text,omitempty"`
	HTML     string `json:"html,omitempty"`
	Label    string `json:"label"`
	Category string `json:"category"`
	Why      string `json:"why,omitempty"`
}

func (l labelled) leak() bool { return l.Label == "leak" }

func readCases(path string) ([]labelled, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read cases: %w (name a file with -cases, or set %s)", err, dataEnv)
	}
	var rows []labelled
	for n, line := range bytes.Split(data, []byte("\n")) {
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		var l labelled
		if err := json.Unmarshal(line, &l); err != nil {
			return nil, fmt.Errorf("%s:%d: not a labelled case: %w", path, n+1, err)
		}
		if l.Label != "leak" && l.Label != "clean" {
			return nil, fmt.Errorf("%s:%d: label %q: want leak or clean", path, n+1, l.Label)
		}
		rows = append(rows, l)
	}
	if len(rows) == 0 {
		return nil, fmt.Errorf("%s holds no cases", path)
	}
	return rows, nil
}

// result is what the command says about one document.
type result struct {
	ID       string `json:"id"`
	Verdict  string `json:"verdict"`
	Findings []struct {
		Rule       string `json:"rule"`
		Severity   string `json:"severity"`
		Confidence int    `json:"confidence"`
		Excerpt    string `json:"excerpt"`
		Count      int    `json:"count"`
		Message    string `json:"message"`
	} `json:"findings"`
	Errors []struct {
		Status  string `json:"status"`
		Message string `json:"message"`
	} `json:"errors"`
}

func (r result) detected() bool { return r.Verdict != "pass" }

// batch checks rows in one run of the command. Line numbers stand in for ids,
// which need not be unique in foreign data.
func batch(bin string, rows []labelled) ([]result, error) {
	f, err := os.CreateTemp("", "accuracy-*.jsonl")
	if err != nil {
		return nil, fmt.Errorf("write batch: %w", err)
	}
	defer func() {
		_ = f.Close()
		_ = os.Remove(f.Name())
	}()
	enc := json.NewEncoder(f)
	enc.SetEscapeHTML(false)
	for i, l := range rows {
		line := map[string]string{"id": fmt.Sprint(i + 1)}
		if l.HTML != "" {
			line["html"] = l.HTML
		} else {
			line["text"] = l.Text
		}
		if err := enc.Encode(line); err != nil {
			return nil, fmt.Errorf("write batch: %w", err)
		}
	}
	results, err := check(bin, "--batch", f.Name())
	if err != nil {
		return nil, err
	}
	if len(results) != len(rows) {
		return nil, fmt.Errorf("%d documents went in, %d results came out", len(rows), len(results))
	}
	return results, nil
}

// check runs the command; its exit codes 1 and 3 are results, 2 is an error.
func check(bin string, args ...string) ([]result, error) {
	cmd := exec.Command(bin, append([]string{"check", "--lang", "zh"}, args...)...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !(errors.As(err, &exit) && (exit.ExitCode() == 1 || exit.ExitCode() == 3)) {
		return nil, fmt.Errorf("run %s check: %w\n%s(build it with `make build`)", bin, err, errs.String())
	}
	var results []result
	dec := json.NewDecoder(&out)
	for dec.More() {
		var r result
		if err := dec.Decode(&r); err != nil {
			return nil, fmt.Errorf("read results: %w", err)
		}
		results = append(results, r)
	}
	return results, nil
}
