package scanner

import (
	"context"
	"testing"
	"testing/fstest"

	"prescreen/dictionaries"
)

// testRules is one rule of every sort, to test the engine apart from what
// ships.
const testRules = `
dictionary: test
title: {zh: 测试}
lists:
  levels: [绝密, 机密, 秘密]
rules:
- id: t.mark
  version: 1
  title: {zh: 标志}
  category: secrecy
  severity: critical
  match: {templates: ["{level}{gap}{star}{gap}{term?}"], fold: [inner_space, line_break]}
  exclude: {context: [quoted, quiz, example]}
  confidence: {base: 85, floor: 40}
  message: {zh: "标志 {level}"}
  tests:
    hit:
    - {text: "机密★1年", at: "机密★1年"}
    - {text: "机　密★1　年", at: "机　密★1　年"}
    - {text: "秘密 ★ ★ ★ 5年", at: "秘密 ★ ★ ★ 5年"}
    - {text: "机密★启用前 2099年考试", at: "机密★启用前"}
    - {text: "绝密✭长期"}
    - {text: "機密★１０年", at: "機密★１０年"}
    - {text: "机\n密★1年", at: "机\n密★1年"}
    miss:
    - {text: "国家秘密标志形式为“密级★保密期限”。"}
    - {text: "如:秘密★1年。"}
    - {text: "A.秘密★10年 B.秘密*10年"}
- id: t.field
  version: 1
  title: {zh: 字段}
  category: secrecy
  severity: high
  match: {field: {labels: [密级], values: ["@levels"], clean: [无]}, fold: [inner_space]}
  exclude: {context: [option]}
  confidence: {base: 80}
  message: {zh: "字段 {term}"}
  tests:
    hit:
    - {text: "密级:机密 保密期限:5年", at: 机密}
    - {text: "密 级 ： 机 密", at: 机 密}
    - {text: "密级★：秘密  期限★：三年", at: 秘密}
    - {table: [[文号, 密级], [甲, 机密]], at: 机密}
    - {table: [[题名, 甲], [密级, 绝密]], at: 绝密}
    miss:
    - {text: "密级：无"}
    - {text: "密级:□绝密 □机密"}
- id: t.alone
  version: 1
  title: {zh: 独行}
  category: secrecy
  severity: high
  match: {line_alone: ["@levels"], fold: [inner_space]}
  where: {parts: [head]}
  confidence: {base: 80}
  message: {zh: 独行}
  tests:
    hit: [{text: "【秘密】\n关于某事的通知", part: head, at: 秘密}]
    miss: [{text: "秘密", part: body}, {text: 秘密花园, part: head}]
- id: t.word
  version: 1
  title: {zh: 词}
  category: internal
  severity: medium
  match: {terms: [内参, 明电], boundary: word}
  confidence: {base: 60}
  message: {zh: "{term}"}
  tests:
    hit: [{text: "内参 第8期"}]
    miss: [{text: "本市内参保人员"}, {text: 提高照明电费}]
- id: t.pair
  version: 1
  title: {zh: 错字}
  category: wording
  severity: low
  match: {pairs: [{wrong: 帐户, right: 账户, not_in: [蚊帐户外]}]}
  confidence: {base: 90}
  message: {zh: "“{term}”应为“{correction}”"}
  tests:
    hit: [{text: 开立帐户和帐户, count: 2}]
    miss: [{text: 蚊帐户外用品}]
- id: t.id18
  version: 1
  title: {zh: 身份证}
  category: pii
  severity: high
  match: {number: {kinds: [id18], styles: [ocr, chinese]}}
  confidence: {base: 75}
  by_count: [{n: 2, severity: critical}]
  message: {zh: "{kind} {count} 个（{header}）"}
  tests:
    hit:
    - {text: "王五 370102197209299968", at: "370102197209299968"}
    - {text: "340123 199001 019977"}
    - {text: "340123-19900101-9977"}
    - {text: "34012319900103996×", at: "34012319900103996×"}
    - {text: "３４０３２１１９８５０６１２９９８０"}
    - {text: "13900001234370102197209299968王五", at: "370102197209299968"}
    - {text: "身份证号:42OlO6l999l23l9966"}
    - {text: "身份证号:三四〇一二三一九九〇〇一〇一九九七七"}
    - {text: "370102\n197209299968", part: lines, at: "370102"}
    - {table: [[姓名, 身份证号], [王五, "370102197209299968"], [李四, "340123199001019977"]], count: 2, severity: critical}
    miss:
    - {text: "设备编号 341502199001011235"}
    - {text: "340123********9977"}
    - {text: "3415021990010112345"}
- id: t.weak
  version: 1
  title: {zh: 遮盖不足}
  category: pii
  severity: medium
  match: {number: {kinds: [id18], masked: weak}}
  confidence: {base: 75}
  by_hidden: [{max: 3, severity: high}, {max: 5, severity: medium}]
  message: {zh: "遮盖 {hidden} 位，{candidates} 个"}
  tests:
    hit: [{text: "330106197907059***", severity: high}, {text: "3403211985061*9980", severity: high}]
    miss: [{text: "35*************123"}]
- id: t.union
  version: 1
  title: {zh: 遮盖不一致}
  category: pii
  severity: high
  match: {number: {kinds: [id18], masked: union}}
  confidence: {base: 75}
  message: {zh: "合并后只剩 {hidden} 位，{candidates} 个"}
  tests:
    hit:
    - {text: "张三 3401**********9977 公示。张三 340123199001******", at: "340123199001******"}
    - {table: [[姓名, 证件], [张三, "3401**********9977"], [李四, "3403**********9980"], [张三, "340123199001****77"]]}
    miss:
    - {text: "张三 3401**********9977 李四 340123199001******"}
    - {text: "张三 3401**********9977 张三 3401**********9977"}
    - {text: "张三 3401**********9977 张三 340123199001****81"}
- id: t.mobile
  version: 1
  title: {zh: 手机}
  category: pii
  severity: medium
  match: {number: {kinds: [mobile]}}
  exclude: {near: [{any_of: [值班, 服务中心], before: 20, after: 10}]}
  require: [{any: [{any_of: [手机, 微信], before: 10}, {name: true, before: 12, after: 12}]}]
  confidence: {base: 60}
  message: {zh: 手机}
  tests:
    hit: [{text: "赵六(手机151-0000-3344)", at: "151-0000-3344"}, {text: "孙八 +86 19900007788"}, {text: "周小明 135 0000 9900"}]
    miss: [{text: "政务服务中心值班手机 13900008888"}, {text: "订单号13900001234567890"}, {text: "项目总投资13000000000元"}]
- id: t.regex
  version: 1
  title: {zh: 连接串}
  category: credential
  severity: high
  match: {regex: {pattern: 'jdbc:[a-z]+://\S+', gate: ["jdbc:"]}}
  confidence: {base: 80}
  message: {zh: 连接串}
  tests:
    hit: [{text: "串 jdbc:mysql://10.34.1.2/db?user=root", at: "jdbc:mysql://10.34.1.2/db?user=root"}]
    miss: [{text: "jdbc: 是什么"}]
- id: t.column
  version: 1
  title: {zh: 住址列}
  category: pii
  severity: medium
  match: {column: {headers: [住址], not: [单位住址], clean: [无]}}
  confidence: {base: 70}
  message: {zh: "{header}"}
  tests:
    hit: [{table: [[姓名, 家庭住址], [甲, 某路1号], [乙, 无], [丙, 某路2号]], count: 2}]
    miss: [{table: [[姓名, 单位住址], [甲, 某路1号]]}, {text: 住址}]
- id: t.plate
  version: 1
  title: {zh: 号牌}
  category: pii
  severity: low
  match: {number: {kinds: [plate]}, boundary: word}
  confidence: {base: 50}
  message: {zh: 号牌}
  tests:
    hit: [{text: "车主 张三 皖N00A01 违法停车", at: 皖N00A01}]
    miss: [{text: 更新A20210号设备台账}, {text: 京B1234号公告}]
`

func testSet(t testing.TB, yaml string) *dictionaries.Set {
	t.Helper()
	set, err := dictionaries.LoadOnly(dictionaries.Source{Name: "test", FS: fstest.MapFS{"rules.yaml": {Data: []byte(yaml)}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestEveryKindOfMatch(t *testing.T) {
	failures, err := SelfTest(context.Background(), testSet(t, testRules), Config{Words: testWords(t)})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range failures {
		t.Error(f)
	}
}
