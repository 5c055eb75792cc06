package words

import (
	"slices"
	"strings"
	"sync"
	"testing"
)

func TestWhole(t *testing.T) {
	seg := New(Config{CacheDir: t.TempDir()})
	cur := seg.Cursor()
	for _, tc := range []struct {
		text, term string
		want       bool
	}{
		{"请妥善保管计算机密码,不得使用弱口令。", "机密", false},
		{"无人机密集编队飞行表演今晚举行。", "机密", false},
		{"飞机密闭舱段检修完成。", "机密", false},
		{"主机密钥由商用密码产品生成。", "机密", false},
		{"走进神秘密林,体验研学之旅。", "秘密", false},
		{"本市内参保人员可享受门诊统筹。", "内参", false},
		{"提高照明电费补贴标准", "明电", false},
		{"详情请参阅件2所列清单", "参阅件", false},
		{"现特提请市人大常委会审议", "特提", false},
		{"村民委员会后收回土地", "会后收回", false},
		{"本文件属于机密级国家秘密", "机密", true},
		{"本文件属于机密级国家秘密", "秘密", true},
		{"内参 第8期 供领导参阅", "内参", true},
		{"内 部 资 料 严禁外传", "内 部 资 料", true},
		{"市内 参保", "内 参", false},
		{"北京大学第一个讲授欧洲文学的教师", "一个", false},
		{"上映第四周为日本票房冠军", "第四", true},
		{"光绪三十二年颁行", "三十", false},
		{"这两个人不应受罚", "个人", true},
		{"他再一次当选", "再一", true},
		{"中国一贯主张", "国一", false},
	} {
		cur.Reset(tc.text)
		start := indexOf(t, tc.text, tc.term)
		got, err := cur.Whole(start, start+len(tc.term))
		if err != nil {
			t.Fatal(err)
		}
		if got != tc.want {
			t.Errorf("Whole(%q in %q) = %v, want %v", tc.term, tc.text, got, tc.want)
		}
	}
}

func TestNames(t *testing.T) {
	seg := New(Config{CacheDir: t.TempDir()})
	text := "王小明\x00和李建国昨天到县民政局。"
	names, err := seg.Names(nil, text)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, n := range names {
		got = append(got, text[n.Start:n.End])
	}
	if len(got) != 2 || got[0] != "王小明" || got[1] != "李建国" {
		t.Errorf("names = %q", got)
	}
}

func indexOf(t *testing.T, s, sub string) int {
	t.Helper()
	for i := range s {
		if len(s)-i >= len(sub) && s[i:i+len(sub)] == sub {
			return i
		}
	}
	t.Fatalf("%q not in %q", sub, s)
	return -1
}

func TestNameAt(t *testing.T) {
	cur := New(Config{}).Cursor()
	surname := func(r rune) bool {
		for _, s := range "张李王郑高欧安单水于陈卫明" {
			if r == s {
				return true
			}
		}
		return false
	}
	for text, want := range map[string]string{
		"张三":       "张三",
		"李四月补助":    "李四",
		"郑小花反映村支书": "郑小花",
		"卫长安 优待金":  "卫长安",
		"欧阳小明 男":   "欧阳小明",
		"王五":       "王五",
		"高度重视":     "",
		"陈述":       "",
		"明白":       "",
		"安置房":      "",
		"单价":       "",
		"水电费":      "",
		"于是":       "",
		"李某某":      "",
		"奖励办法":     "",
		"":         "",
		"王":        "",
	} {
		if got := text[:cur.NameAt(text, surname)]; got != want {
			t.Errorf("NameAt(%q) = %q, want %q", text, got, want)
		}
	}
}

// TestManyAtOnce asks one Segmenter from many goroutines while it loads.
func TestManyAtOnce(t *testing.T) {
	seg := New(Config{CacheDir: t.TempDir()})
	text := "请妥善保管计算机密码。王小明参加了会议。"
	start := strings.Index(text, "机密")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			cur := seg.Cursor()
			for range 50 {
				cur.Reset(text)
				if whole, err := cur.Whole(start, start+len("机密")); whole || err != nil {
					t.Errorf("whole %v, %v", whole, err)
				}
				if names, err := seg.Names(nil, text); len(names) != 1 || err != nil {
					t.Errorf("names %v, %v", names, err)
				}
			}
		})
	}
	wg.Go(func() {
		if err := seg.Preload(); err != nil {
			t.Error(err)
		}
	})
	wg.Wait()
}

// TestSameWhateverTheOrder: the answer about a candidate depends on the text
// alone, not on what was asked before.
func TestSameWhateverTheOrder(t *testing.T) {
	seg := New(Config{})
	text := strings.Repeat("本市内参保人员参加委员会后收回土地计算机密码", 60)
	var starts []int
	for i := 0; ; {
		n := strings.Index(text[i:], "机密")
		if n < 0 {
			break
		}
		starts = append(starts, i+n)
		i += n + 1
	}
	forward, backward := seg.Cursor(), seg.Cursor()
	forward.Reset(text)
	backward.Reset(text)
	got := map[int]bool{}
	for _, s := range starts {
		got[s], _ = forward.Whole(s, s+len("机密"))
	}
	slices.Reverse(starts)
	for _, s := range starts {
		if whole, _ := backward.Whole(s, s+len("机密")); whole != got[s] || whole {
			t.Errorf("at %d: %v forward, %v backward", s, got[s], whole)
		}
	}
}

func FuzzWhole(f *testing.F) {
	f.Add("计算机密码", 6, 12)
	f.Add("\xff机\x00密", 1, 8)
	f.Add("", 0, 0)
	seg := New(Config{})
	f.Fuzz(func(t *testing.T, text string, start, end int) {
		if start < 0 || end > len(text) || start > end {
			return
		}
		cur := seg.Cursor()
		cur.Reset(text)
		if _, err := cur.Whole(start, end); err != nil {
			t.Error(err)
		}
		if n := cur.NameAt(text[start:], func(r rune) bool { return r == '王' }); n < 0 || n > len(text)-start {
			t.Errorf("name of %d bytes", n)
		}
	})
}

// BenchmarkWhole has a candidate every few characters of one sentence.
func BenchmarkWhole(b *testing.B) {
	seg := New(Config{})
	text := strings.Repeat("本市内参保人员参加会议后计算机密码", 4000)
	cur := seg.Cursor()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		cur.Reset(text)
		for i := 0; i+6 < len(text); i += 51 {
			if _, err := cur.Whole(i+6, i+12); err != nil {
				b.Fatal(err)
			}
		}
	}
}
