package document

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"prescreen/scanner"
)

// Tables pasted into plain text: a line that names columns, and lines below it
// cut by the same separator into about as many cells. Read as cells, a number
// stands below its header, as it does in a spreadsheet.

const (
	headerLine = 400 // bytes of a header line at most
	headerCell = 14  // characters of a column's name at most
	textRows   = 1e5 // rows of one table that are told apart
)

// columnNames are words that name a column of a list; a line with two of them
// in cells of their own is a header.
var columnNames = []string{
	"姓名", "名称", "户主", "户名", "名字", "序号", "编号", "性别", "年龄", "出生", "生日", "民族", "身份证", "证件", "证号", "号码", "电话", "手机", "联系",
	"住址", "地址", "户籍", "村组", "金额", "账号", "帐号", "账户", "卡号", "开户", "银行", "学校", "班级", "学号", "学籍", "年级", "家长", "监护人", "单位", "部门", "职务",
	"岗位", "密级", "保密", "文号", "份数", "标题", "备注", "用户", "密码", "口令", "邮箱", "微信", "地点", "坐标", "经度", "纬度", "病", "诊断", "残疾", "类别", "等级", "等次", "IP",
	"车牌", "号牌", "车主", "公开", "信仰", "事由", "原因", "关系", "收入", "工资", "系统", "平台", "对象", "申请人", "患者", "日期", "名單", "姓 名", "题名", "年度", "文件", "项目", "数量", "name", "Name",
}

// textRow is a row of a table, and how many lines below its header it stands.
type textRow struct {
	cells []string
	line  int
}

// textTable looks for a table that begins with the first line of s and returns
// its rows and how many bytes they take; no rows where there is none.
func textTable(s string) (rows []textRow, size int) {
	line, _ := lineOf(s)
	if len(line) > headerLine || strings.Contains(line, "。") {
		return nil, 0
	}
	for _, sep := range [...]string{"\t", "|", "｜", "，", ",", " "} {
		if !strings.Contains(line, sep) && sep != " " {
			continue
		}
		head := cutCells(line, sep)
		if !namesCells(head) {
			continue
		}
		rows, size = rowsBelow(s, sep, head)
		if len(rows) > 1 {
			return rows, size
		}
	}
	return nil, 0
}

// rowsBelow takes the header and the lines below it that are cut into as many
// cells, one more or fewer forgiven where cells are empty.
func rowsBelow(s, sep string, head []string) (rows []textRow, size int) {
	rows = append(rows, textRow{head, 0})
	_, size = lineOf(s)
	for at := 1; len(rows) < textRows; at++ {
		line, n := lineOf(s[size:])
		if n == 0 {
			break
		}
		if sep == "|" && strings.Trim(line, "|-: \t") == "" && line != "" && len(rows) == 1 { // the rule below a Markdown header
			size += n
			continue
		}
		cells := cutCells(line, sep)
		if len(cells) != len(head) && (sep == " " || len(cells) < 2 || len(cells) > len(head) || len(cells) < len(head)-1) {
			break
		}
		rows = append(rows, textRow{cells, at})
		size += n
	}
	return rows, size
}

// lineOf returns the first line of s and its length with its line end.
func lineOf(s string) (line string, size int) {
	i := strings.IndexByte(s, '\n')
	if i < 0 {
		return strings.TrimSuffix(s, "\r"), len(s)
	}
	return strings.TrimSuffix(s[:i], "\r"), i + 1
}

// cutCells cuts a line; " " stands for one or more spaces of any kind.
func cutCells(line, sep string) []string {
	if sep == " " {
		return strings.FieldsFunc(line, unicode.IsSpace)
	}
	if sep == "|" || sep == "｜" {
		line = strings.Trim(strings.TrimSpace(line), sep)
	}
	cells := strings.Split(line, sep)
	for i, c := range cells {
		cells[i] = strings.TrimSpace(c)
	}
	return cells
}

// namesCells reports a header: short cells without long numbers or ends of
// sentences, at least two of which are known to name columns.
func namesCells(cells []string) bool {
	if len(cells) < 2 {
		return false
	}
	known := 0
	for _, c := range cells {
		if utf8.RuneCountInString(c) > headerCell || strings.ContainsAny(c, "。；！？:：=*＊") || digitRun(c) > 2 {
			return false
		}
		for _, n := range columnNames {
			if strings.Contains(c, n) {
				known++
				break
			}
		}
	}
	return known >= 2
}

// emitTables emits text, the tables in it as cells.
func (f *file) emitTables(text string, line int) error {
	if strings.IndexByte(text, '\n') < 0 {
		return f.emitText(text, line)
	}
	from, at := 0, line // of the text not yet emitted, and its first line
	for i, here := 0, line; i < len(text); here++ {
		rows, size := textTable(text[i:])
		if rows == nil {
			_, n := lineOf(text[i:])
			i += n
			continue
		}
		if err := f.emitText(text[from:i], at); err != nil {
			return err
		}
		t := csvTable{f: f, ordinal: f.nextTable()}
		for _, r := range rows {
			if err := t.add(r.cells, here+r.line); err != nil {
				return err
			}
		}
		if err := t.release(false); err != nil {
			return err
		}
		i += size
		here += countLines(text[i-size:i]) - 1
		from, at = i, here+1
	}
	return f.emitText(text[from:], at)
}

func (f *file) emitText(text string, line int) error {
	text = strings.TrimRight(text, "\r\n")
	if isBlank(text) {
		return nil
	}
	return f.emit(scanner.Segment{Place: scanner.Place{Kind: scanner.KindBody, Line: line}, Text: text})
}
