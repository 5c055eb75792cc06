package document

import (
	"testing"

	"prescreen/scanner"
)

const tinyWordML = `<?xml version="1.0"?><?mso-application progid="Word.Document"?>
<w:wordDocument xmlns:w="http://schemas.microsoft.com/office/word/2003/wordml" xmlns:o="o" xmlns:aml="a">
<o:DocumentProperties><o:Title>文档标题</o:Title><o:Author>作者乙</o:Author></o:DocumentProperties>
<w:body><w:p><w:r><w:t>正文</w:t></w:r><w:r><w:rPr><w:vanish/></w:rPr><w:t>隐藏</w:t></w:r></w:p>
<w:p><aml:annotation w:type="Word.Deletion" aml:author="改者"><aml:content><w:r><w:delText>删去</w:delText></w:r></aml:content></aml:annotation></w:p>
<w:p><w:r><w:footnote><w:p><w:r><w:t>脚注</w:t></w:r></w:p></w:footnote></w:r><w:r><w:t>后文</w:t></w:r></w:p>
<aml:annotation w:type="Word.Comment" aml:author="批者"><aml:content><w:p><w:r><w:t>批注</w:t></w:r></w:p></aml:content></aml:annotation>
<w:sectPr><w:hdr w:type="odd"><w:p><w:r><w:t>页眉</w:t></w:r></w:p></w:hdr></w:sectPr></w:body></w:wordDocument>`

const tinyExcelML = `<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet" xmlns:x="x">
<DocumentProperties><Author>作者丙</Author></DocumentProperties>
<Worksheet ss:Name="名单"><Table><Column ss:Index="3" ss:Hidden="1"/>
<Row><Cell><Data ss:Type="String">姓名</Data></Cell><Cell><Data ss:Type="String">号码</Data></Cell></Row>
<Row ss:Index="5"><Cell ss:Index="2"><Data ss:Type="Number">1.30100199001011E+17</Data><Comment ss:Author="批者"><ss:Data>批注</ss:Data></Comment></Cell><Cell><Data ss:Type="String">藏列</Data></Cell></Row>
</Table><WorksheetOptions><PageSetup><Header x:Data="&amp;C秘密"/></PageSetup></WorksheetOptions></Worksheet>
<Worksheet ss:Name="底册"><Table><Row><Cell><Data ss:Type="String">隐私</Data></Cell></Row></Table><WorksheetOptions><Visible>SheetHidden</Visible></WorksheetOptions></Worksheet></Workbook>`

func TestWordML(t *testing.T) {
	res := parseBytes(t, parserForTest(t, Config{}), "a.doc", []byte(tinyWordML))
	checkWants(t, res, []want{
		{"文档标题", scanner.KindProperty, nil},
		{"作者乙", scanner.KindProperty, nil},
		{"正文", scanner.KindBody, nil},
		{"隐藏", scanner.KindHidden, nil},
		{"删去", scanner.KindRevision, nil},
		{"改者", scanner.KindProperty, nil},
		{"脚注", scanner.KindNote, nil},
		{"后文", scanner.KindBody, nil},
		{"批者", scanner.KindComment, nil},
		{"批注", scanner.KindComment, nil},
		{"页眉", scanner.KindHeader, nil},
	})
}

func TestExcelML(t *testing.T) {
	res := parseBytes(t, parserForTest(t, Config{}), "a.xls", []byte(tinyExcelML))
	checkWants(t, res, []want{
		{"作者丙", scanner.KindProperty, nil},
		{"姓名", scanner.KindBody, func(s scanner.Segment) bool { return cell("A1")(s) && s.Header }},
		{"130100199001011000", scanner.KindBody, cell("B5")},
		{"藏列", scanner.KindHidden, cell("C5")},
		{"批者", scanner.KindComment, nil},
		{"批注", scanner.KindComment, cell("B5")},
		{"秘密", scanner.KindHeader, nil},
		{"底册", scanner.KindHidden, nil},
		{"隐私", scanner.KindHidden, nil},
	})
}

func TestFlatOPC(t *testing.T) {
	res := parseBytes(t, parserForTest(t, Config{}), "a.xml", []byte(`<?xml version="1.0"?><?mso-application progid="Word.Document"?>
<pkg:package xmlns:pkg="http://schemas.microsoft.com/office/2006/xmlPackage">
<pkg:part pkg:name="/_rels/.rels"><pkg:xmlData>`+relsPart("rId1 officeDocument word/document.xml")+`</pkg:xmlData></pkg:part>
<pkg:part pkg:name="/word/document.xml"><pkg:xmlData><w:document `+wNS+`><w:body><w:p><w:r><w:t>正文</w:t></w:r></w:p></w:body></w:document></pkg:xmlData></pkg:part>
</pkg:package>`))
	checkWants(t, res, []want{{"正文", scanner.KindBody, nil}})
	if res.Type != "docx" {
		t.Errorf("type %q, want docx", res.Type)
	}
}
