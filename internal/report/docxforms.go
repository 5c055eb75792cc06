package report

import (
	"fmt"

	"prescreen/internal/lang"
)

// BuiltinTemplate returns the DOCX template of a form, with its fields: what is
// used where a unit has none of its own, and a start for one.
func BuiltinTemplate(form Form, l lang.Lang) ([]byte, error) {
	var d layout
	switch form {
	case Inspection:
		inspectionLayout(&d, l)
	case Rectification:
		rectificationLayout(&d, l)
	case Review:
		reviewLayout(&d, l)
	default:
		return nil, fmt.Errorf("unknown form %q: use inspection, rectification or review", form)
	}
	return packDocx(d.String())
}

func inspectionLayout(d *layout, l lang.Lang) {
	t := l.Pick
	d.p("Title1", t("关于{{.Organisation}}网站信息发布\n保密检查情况的报告", "Report on the screening of the web portals of {{.Organisation}}"))
	d.p("Center", t("（检查编号：{{.Run}}）", "(run {{.Run}})"))
	d.p("Plain", "")
	d.p("H1", t("一、检查依据", "1. Basis"))
	d.p("Body", t("《中华人民共和国保守国家秘密法》第三十五条，《中华人民共和国保守国家秘密法实施条例》第四十二条、第五十八条，《中华人民共和国政府信息公开条例》第十七条，《中华人民共和国个人信息保护法》，以及《政府网站与政务新媒体检查指标》（国办秘函〔2019〕19号）。",
		"Law on Guarding State Secrets, article 35, and its implementing regulations, articles 42 and 58; Regulations on Open Government Information, article 17; Personal Information Protection Law; inspection indicators 国办秘函〔2019〕19号."))
	d.p("H1", t("二、检查对象、时间和方式", "2. Scope, time and manner"))
	d.p("Body", t("被检查单位：{{.Organisation}}。网站：{{.Sites}}。域名：{{.Hosts}}。网站标识码：", "Organisation: {{.Organisation}}. Sites: {{.Sites}}. Hosts: {{.Hosts}}."))
	d.p("Body", t("检查时间：{{.Started}}至{{.Finished}}。检查方式：使用网站信息发布保密预审工具（prescreen {{.Version}}，{{.RuleSet}}）对网站页面和附件进行自动检查。", "From {{.Started}} to {{.Finished}}, by program (prescreen {{.Version}}, {{.RuleSet}})."))
	d.p("Body", t("检查范围：{{.Coverage}}", "Coverage: {{.Coverage}}"))
	d.p("H1", t("三、总体结论", "3. Conclusion"))
	d.p("Body", t("机器预审结论：{{.Verdict}}。", "Verdict of the program: {{.Verdict}}."))
	d.p("Body", "{{.Conclusion}}")
	d.p("H1", t("四、分类统计", "4. Statistics"))
	statisticTable(d, l)
	d.p("H1", t("五、主要问题", "5. Main problems"))
	d.p("Body", "{{.Problems}}")
	d.p("H1", t("六、与上期对比", "6. Compared with the run before"))
	d.p("Body", "{{.Comparison}}")
	d.p("H1", t("七、未能检查的内容", "7. What was not checked"))
	d.p("Body", t("共{{.NotChecked}}项，按原因统计如下，清单见附件2。", "{{.NotChecked}} items, by reason as follows; listed in annex 2."))
	d.list([]tableColumn{{6800, t("原因", "reason"), "{{.Reason.Name}}", ""}, {2000, t("数量", "number"), "{{.Reason.Total}}", "CellMid"}})
	d.p("H1", t("八、整改建议", "8. What is to be done"))
	d.p("Body", "{{.Demands}}")
	d.p("Body", t("本报告所列均为程序预审发现的“疑似”问题，是否属于国家秘密由保密行政管理部门依法鉴定；命中内容均已脱敏。", "Everything listed is suspected only; the authority decides what is a state secret. Excerpts are masked."))
	d.p("Plain", "")
	d.p("Body", t("附件：1.疑似问题明细表", "Annexes: 1. Findings"))
	d.p("Body", t("　　　2.未能检查的内容清单", "2. What was not checked"))
	d.p("Plain", "")
	d.p("Body", t("检查人：　　　　　　审核人：", "Inspector:                Approved:"))
	d.p("Sign", t("（单位印章）", "(seal)"))
	d.p("Sign", "{{.Date}}")
	d.endSection(portraitXML)
	d.p("AnnexNext", t("附件1", "Annex 1"))
	d.p("Center", t("疑似问题明细表", "Findings"))
	d.p("Note", "{{.Rest}}")
	findingTable(d, l, true)
	d.p("Annex", t("附件2", "Annex 2"))
	d.p("Center", t("未能检查的内容清单", "What was not checked"))
	d.list([]tableColumn{
		{700, t("序号", "No."), "{{.Gap.Seq}}", "CellMid"}, {6600, t("网址/文件", "address or file"), "{{.Gap.URL}}", ""},
		{2200, t("原因", "reason"), "{{.Gap.Reason}}", ""}, {4300, t("说明", "detail"), "{{.Gap.Detail}}", ""},
	})
	d.WriteString(landscapeXML)
}

func statisticTable(d *layout, l lang.Lang) {
	t := l.Pick
	d.list([]tableColumn{
		{3800, t("类别", "category"), "{{.Statistic.Name}}", ""},
		{1000, t("严重", "critical"), "{{.Statistic.Critical}}", "CellMid"}, {1000, t("高", "high"), "{{.Statistic.High}}", "CellMid"},
		{1000, t("中", "medium"), "{{.Statistic.Medium}}", "CellMid"}, {1000, t("低", "low"), "{{.Statistic.Low}}", "CellMid"},
		{1000, t("合计", "total"), "{{.Statistic.Total}}", "CellMid"},
	})
}

// findingTable is 问题明细表 as it fits on a wide page.
func findingTable(d *layout, l lang.Lang, states bool) {
	t := l.Pick
	cols := []tableColumn{
		{600, t("序号", "No."), "{{.Finding.Seq}}", "CellMid"},
		{1050, t("问题编号", "case"), "{{.Finding.Number}}", "CellMid"},
		{1300, t("单位/栏目", "unit, column"), "{{.Finding.Unit}}\n{{.Finding.Column}}", ""},
		{3300, t("标题、网址和位置", "title, address and place"), "{{.Finding.Title}}\n{{.Finding.URL}}\n{{.Finding.Place}}", ""},
		{1150, t("类别/等级", "category, severity"), "{{.Finding.Category}}\n{{.Finding.Severity}}", "CellMid"},
		{2100, t("命中内容（脱敏）", "excerpt (masked)"), "{{.Finding.Excerpt}}", ""},
		{2300, t("判定依据/规则号", "basis, rule"), "{{.Finding.Message}}\n{{.Finding.Basis}}\n{{.Finding.Rule}}", ""},
		{2000, t("建议", "advice"), "{{.Finding.Advice}}", ""},
	}
	if states {
		cols[5].width, cols[6].width, cols[7].width = 1800, 2000, 1600
		cols = append(cols, tableColumn{1000, t("状态/期限", "state, due"), "{{.Finding.State}}\n{{.Finding.Due}}", "CellMid"})
	}
	d.list(cols)
}

func rectificationLayout(d *layout, l lang.Lang) {
	t := l.Pick
	d.p("Issuer", "{{.Organisation}}")
	d.p("Number", t("　　〔{{.Year}}〕　　号", "No.       of {{.Year}}"))
	d.p("Title1", t("网站信息发布保密问题整改通知书", "Notice of rectification"))
	d.p("Plain", t("{{.Unit}}：", "To: {{.Unit}}"))
	d.p("Body", t("根据《中华人民共和国保守国家秘密法》第三十五条、《中华人民共和国保守国家秘密法实施条例》第四十二条、第五十九条和《中华人民共和国政府信息公开条例》第十七条规定，于{{.Started}}至{{.Finished}}对你单位负责的网站（栏目）发布的信息进行了保密检查。现将有关情况和整改要求通知如下：",
		"Under the Law on Guarding State Secrets, article 35, its implementing regulations, articles 42 and 59, and the Regulations on Open Government Information, article 17, what your unit publishes was checked from {{.Started}} to {{.Finished}}."))
	d.p("H1", t("一、检查情况", "1. What was checked"))
	d.p("Body", t("网站：{{.Sites}}。检查编号：{{.Run}}。", "Sites: {{.Sites}}. Run {{.Run}}."))
	d.p("Body", t("你单位涉及疑似问题{{.Total}}个，其中严重{{.Critical}}个、高{{.High}}个、中{{.Medium}}个、低{{.Low}}个。", "Your unit has {{.Total}} suspected problems: {{.Critical}} critical, {{.High}} high, {{.Medium}} medium, {{.Low}} low."))
	d.p("H1", t("二、存在问题", "2. Problems"))
	d.p("Body", "{{.Problems}}")
	d.p("H1", t("三、整改要求", "3. What is to be done"))
	d.p("Body", "{{.Demands}}")
	d.p("H1", t("四、整改时限和反馈方式", "4. Time and answer"))
	d.p("Body", t("请于{{.Deadline}}完成整改，并逐项填写整改反馈单（问题编号、原因、措施、完成时间、整改后情况、责任人签字、单位意见），加盖公章后书面反馈。疑似国家秘密的，按上述要求立即处置和报告，不受前述时限限制。",
		"Mend what is listed {{.Deadline}} and answer in writing for each number: cause, measures, date, result, signature. Suspected state secrets are to be dealt with at once."))
	d.p("Body", t("联系人及电话：{{.Contact}}", "Contact: {{.Contact}}"))
	d.p("Plain", "")
	d.p("Body", t("附件：1.疑似问题清单", "Annexes: 1. Findings"))
	d.p("Body", t("　　　2.整改反馈单", "2. Answer"))
	d.p("Plain", "")
	d.p("Sign", "{{.Organisation}}")
	d.p("Sign", "{{.Date}}")
	d.endSection(portraitXML)
	d.p("AnnexNext", t("附件1", "Annex 1"))
	d.p("Center", t("疑似问题清单", "Findings"))
	findingTable(d, l, false)
	d.p("Annex", t("附件2", "Annex 2"))
	d.p("Center", t("整改反馈单", "Answer"))
	blank := "　"
	d.list([]tableColumn{
		{1100, t("问题编号", "case"), "{{.Finding.Number}}", "CellMid"}, {2600, t("问题", "problem"), "{{.Finding.Message}}", ""},
		{2300, t("原因", "cause"), blank, ""}, {2300, t("整改措施", "measures"), blank, ""}, {1200, t("完成时间", "done on"), blank, ""},
		{1700, t("整改后情况", "result"), blank, ""}, {1200, t("责任人签字", "signature"), blank, ""}, {1400, t("复查人/结论", "re-check"), blank, ""},
	})
	d.p("Note", t("单位意见：　　　　　　　　　　　　　　　　　　　　（公章）　　　　　年　　月　　日", "Unit:                                   (seal)"))
	d.WriteString(landscapeXML)
}

func reviewLayout(d *layout, l lang.Lang) {
	t := l.Pick
	const label, value, whole = 1900, 2520, 6940
	d.p("Title1", t("信息发布保密审查单", "Pre-publication review"))
	d.p("Note", t("填表日期：{{.Date}}　　　　　　　　　　　　　　　　　编号：", "Date: {{.Date}}"))
	d.beginTable(label, value, label, value)
	pair := func(a, b, c, e string) {
		d.WriteString(`<w:tr><w:trPr><w:cantSplit/></w:trPr>`)
		d.cell(label, 1, "FormHead", a)
		d.cell(value, 1, "Form", b)
		d.cell(label, 1, "FormHead", c)
		d.cell(value, 1, "Form", e)
		d.WriteString(`</w:tr>`)
	}
	wide := func(a, b string, height int) {
		fmt.Fprintf(d, `<w:tr><w:trPr><w:cantSplit/><w:trHeight w:val="%d" w:hRule="atLeast"/></w:trPr>`, height)
		d.cell(label, 1, "FormHead", a)
		d.cell(whole, 3, "Form", b)
		d.WriteString(`</w:tr>`)
	}
	sign := t("\n签字：　　　　　　　　　　　　　年　　月　　日", "\nSignature:                    Date:")
	pair(t("拟公开单位", "unit"), "{{.Organisation}}", t("拟公开时间", "to be published on"), t("　　年　　月　　日", ""))
	wide(t("信息名称", "title"), "{{.Name}}", 0)
	wide(t("来源（文件/网址）", "source"), "{{.Address}}", 0)
	pair(t("载体形式", "kind"), t("□公文类　□非公文类", "□ official document  □ other"), t("发文字号", "document number"), "")
	wide(t("拟公开方式", "medium"), t("□政府网站　□报刊　□广播　□电视　□公开栏　□其他", "□ web site  □ press  □ radio  □ television  □ notice board  □ other"), 0)
	wide(t("附件/图片", "attachments, pictures"), t("□无　□有（　　份）　检查文件数（含压缩包内文件）：{{.Files}}", "□ none  □ (number)   files looked into: {{.Files}}"), 0)
	wide(t("机器预审结论", "program"), "{{.Result}}", 0)
	wide(t("未能读取的内容", "not read"), "{{.Unread}}", 0)
	wide(t("承办人意见", "author"), sign, 900)
	wide(t("处（科）室\n负责人审核", "head of division"), sign, 900)
	wide(t("保密审查机构\n意见", "secrecy review"), t("□公开　□免于公开　□需报审\n依据和理由：", "□ publish  □ do not publish  □ refer upwards\nReasons:")+sign, 1300)
	wide(t("分管领导审批", "approval"), sign, 900)
	d.endTable()
	d.p("Note", t("注：先审查、后公开，一事一审，谁公开谁审查。机器预审（prescreen {{.Version}}，{{.RuleSet}}）只作提示，不代替人工审查；所列均为“疑似”，内容已脱敏。",
		"Review before publishing, each item by itself. The program (prescreen {{.Version}}, {{.RuleSet}}) only points out; everything listed is suspected, excerpts are masked."))
	d.p("Annex", t("附：机器预审发现的疑似问题", "Findings of the program"))
	d.list([]tableColumn{
		{600, t("序号", "No."), "{{.Finding.Seq}}", "CellMid"}, {1200, t("等级/类别", "severity, category"), "{{.Finding.Severity}}\n{{.Finding.Category}}", "CellMid"},
		{1700, t("位置", "place"), "{{.Finding.Place}}", ""}, {1900, t("命中内容（脱敏）", "excerpt (masked)"), "{{.Finding.Excerpt}}", ""},
		{1900, t("说明和依据", "why"), "{{.Finding.Message}}\n{{.Finding.Basis}}", ""}, {1540, t("建议", "advice"), "{{.Finding.Advice}}", ""},
	})
	d.WriteString(portraitXML)
}
