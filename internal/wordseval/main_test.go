package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"prescreen/internal/shareddata"
)

func TestBothFormatsGiveTheSameFigures(t *testing.T) {
	dir := t.TempDir()
	conllu := "# text = 计算机密码\n1-2\t计算机密码\t_\t_\t_\t_\t_\t_\t_\t_\n1\t计算机\t_\tN\tN\t_\t0\troot\t_\t_\n2\t密码\t_\tN\tN\t_\t1\tx\t_\t_\n\n"
	for name, text := range map[string]string{"a.conllu": conllu, "b.txt": "计算机  密码\r\n", "LICENSE.txt": "no gold"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var out, errs strings.Builder
	if err := run([]string{"-gold", dir, "-cache", t.TempDir(), "-show", "3"}, &out, &errs); err != nil {
		t.Fatal(err)
	}
	// 计算, 计算机, 密码 are words of the dictionary; 机密 straddles.
	if n := strings.Count(out.String(), ": 2 aligned, 1 straddling (33.3 %)"); n != 2 {
		t.Errorf("output %s", &out)
	}
	if n := strings.Count(out.String(), "words.Cursor                     aligned kept 100.00 %   straddling let through   0.00 %"); n != 2 {
		t.Errorf("output %s", &out)
	}
}

func TestNoGold(t *testing.T) {
	t.Setenv(shareddata.Env, t.TempDir())
	var out, errs strings.Builder
	if err := run(nil, &out, &errs); err != nil || !strings.HasPrefix(out.String(), "skipped: ") {
		t.Errorf("without measurement data: %v, output %q", err, &out)
	}
	if err := run([]string{"-gold", filepath.Join(t.TempDir(), "none")}, &out, &errs); err == nil {
		t.Error("no error for a missing file")
	}
}

// TestGoldOfTheMeasurementData: without a name, what is in the folder is
// measured.
func TestGoldOfTheMeasurementData(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(shareddata.Env, dir)
	if err := os.Mkdir(filepath.Join(dir, "seg"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "seg", "a.txt"), []byte("计算机 密码\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, errs strings.Builder
	if err := run([]string{"-cache", t.TempDir()}, &out, &errs); err != nil || !strings.Contains(out.String(), "2 aligned, 1 straddling") {
		t.Errorf("%v, output %q", err, &out)
	}
}
