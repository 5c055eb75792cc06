package server

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"prescreen/internal/cases"
	"prescreen/internal/lang"
)

func TestDetailText(t *testing.T) {
	for raw, want := range map[string][2]string{
		``: {"", ""},
		`{"from":"10.1.2.3","query":"state=open&text=%E5%BC%A0&ok=changed&site="}`:   {"筛选：状态 待处理，搜索 张；来自：10.1.2.3", "filter: state open, words 张; from: 10.1.2.3"},
		`{"cases":[12,345678901234567],"assignee":"王编辑"}`:                            {"问题：12、345678901234567；责任人：王编辑", "findings: 12, 345678901234567; assignee: 王编辑"},
		`{"role":"officer","setup":true}`:                                            {"角色：安全保密员；首次设置：是", "role: security officer; first set-up: yes"},
		`{"verdict":"block","unheard":{"of":1}}`:                                     {"结论：建议阻断；unheard：{\"of\":1}", ""},
		`{"checks":3,"keys":0,"sessions":1,"lost":0}`:                                {"检查：3；幂等键：0；会话：1；标为中断：0", ""},
		`{"run":"","started":"0001-01-01T00:00:00Z","new":2,"persisting":1}`:         {"新增：2；仍在：1", ""},
		`{"expires":"2027-01-15T08:00:00Z","reason":"公开信息","owner":"李","cases":[1]}`: {"", "findings: 1; owner: 李; reason: 公开信息; until: " + formatLocal("2027-01-15T08:00:00Z")},
		`not json`: {"not json", "not json"},
	} {
		for i, l := range []lang.Lang{lang.Chinese, lang.English} {
			if got := detailText(json.RawMessage(raw), l); want[i] != "" && got != want[i] {
				t.Errorf("%s in %s:\n%s, want\n%s", raw, l, got, want[i])
			}
		}
	}
	for in, want := range map[string]string{
		"case 12": "问题 12", "cases": "问题", "run 20261129-1": "任务 20261129-1", "GET /findings": "GET /findings", "https://a.example/x y": "https://a.example/x y",
	} {
		if got := objectName(in, lang.Chinese); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
	if actorName("console", lang.Chinese) != "命令行" || actorName("run 1", lang.Chinese) != "任务 1" || actorName("li/cms", lang.Chinese) != "li/cms" {
		t.Error("actors have no names")
	}
}

func formatLocal(s string) string {
	return detailWord("expires", s, lang.English)
}

// TestRefusals: whatever badRequest is given as a literal has a Chinese.
func TestRefusals(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	literal := regexp.MustCompile(`badRequest\((?:fmt\.Sprintf\()?"([^"]+)"`)
	n := 0
	for _, f := range files {
		src, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		for _, m := range literal.FindAllStringSubmatch(string(src), -1) {
			msg := strings.NewReplacer("%q", `"x"`, "%d", "7", "%v", "x").Replace(m[1])
			if strings.HasSuffix(msg, " ") { // a name follows
				msg += `"x"; ask the administrator`
			}
			if strings.HasPrefix(msg, "callback") || strings.HasPrefix(msg, "state") || strings.HasPrefix(msg, "a local account") {
				continue // put together of pieces
			}
			n++
			if said := refusalText(msg, lang.Chinese); said == msg {
				t.Errorf("%s: no Chinese for %q: add it to refusals", f, msg)
			}
		}
	}
	if n < 15 {
		t.Errorf("only %d messages were looked at", n)
	}
	err = fmt.Errorf("change cases: %w", fmt.Errorf("%w: a dismissal needs a reason", cases.ErrIncomplete))
	if got := incompleteText(err, lang.Chinese); got != "缺少必填内容：判为误报须填写理由" || !errors.Is(err, cases.ErrIncomplete) {
		t.Error(got)
	}
}
