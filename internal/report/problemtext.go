package report

import (
	"regexp"
	"strings"

	"prescreen/internal/lang"
	"prescreen/scanner"
)

// ProblemText says in the reader's language why a file could not be read. The
// messages of the parsers are English, one line, without document content; the
// catalogue below has the Chinese of each. A message that is not in it is
// shown as it is: the status stands before it in Chinese anyway.
func ProblemText(p scanner.Problem, l lang.Lang) string {
	if l != lang.Chinese {
		return p.Message
	}
	if part := partProblem.FindStringSubmatch(p.Message); part != nil { // part "x": why
		p.Message = part[2]
		return "其中的“" + part[1] + "”：" + ProblemText(p, l)
	}
	if said, ok := problemMessages.Say(p.Message, l); ok {
		return said
	}
	if own, ok := strings.CutPrefix(p.Message, p.File+": "); ok && p.File != "" {
		p.Message = own
		return ProblemText(p, l)
	}
	return p.Message
}

// partProblem is what is said about a part of a file.
var partProblem = regexp.MustCompile(`^part "([^"]*)": (.+)$`)

var problemMessages = lang.NewCatalogue(
	`encrypted`, "需要口令；请解除加密后重新检查",
	`not finished within its time`, "未在时限内读完；可调大时限后重新检查",
	`reading was cancelled`, "读取被中止",
	`damaged, read in part: (.*)`, "只读出一部分（$1）",
	`cannot be read: (.*)`, "无法读取（$1）",
	`encrypted, needs a password`, "需要口令；请解除加密后重新检查",
	`encrypted \(AES\), needs a password`, "采用 AES 加密，需要口令；请解除加密后重新检查",
	`encrypted in a way that is not read`, "文件的加密方式无法识别；请解除加密后重新检查",
	`part "(.*)" is encrypted`, "其中的“$1”已加密；请解除加密后重新检查",
	`the file is empty`, "文件为空",
	`compressed by method (\d+) of CAB, which is not read`, "CAB 压缩方式 $1 不支持，未读取；请改用 ZIP 重新打包",
	`the cabinet is cut off or damaged`, "CAB 文件不完整或已损坏",
	`the disc image is cut off`, "光盘映像文件不完整",
	`the archive is cut off`, "压缩包不完整",
	`more than (\d+) members`, "成员超过 $1 个，其余未读取",
	`the header of the table is damaged`, "数据表的表头已损坏",
	`long texts of the table are in a file of their own`, "数据表的长文本存放在另一个文件中，未读取",
	`the table ends after (\d+) records`, "数据表在第 $1 条记录后中断",
	`cut off`, "文件不完整",
	`resources of macOS are not read`, "macOS 资源数据未读取",
	`the place of the text is damaged, the text was searched for`, "正文位置信息已损坏，文字由搜索得到",
	`saved in pieces by Word 95 or before: their order may be wrong, some may be missing`, "由 Word 95 或更早版本分段保存，文字次序可能有误，也可能有缺失",
	`no text found`, "没有文字内容",
	`needs more than (\d+) MB to unpack`, "解压需要超过 $1 MB 内存，未读取",
	`made by a RAR version that is not read`, "该版本的 RAR 压缩包无法读取；请改用 ZIP 重新打包",
	`files of type (.*) are not read`, "不支持 $1 格式的文件，未读取；请人工检查或转换格式",
	`an OLE file of unknown kind`, "不认识的 OLE 复合文档，未读取",
	`its content is of no known type`, "内容不属于任何已知格式，未读取；请人工检查",
	`compressed by method (\d+), which is not read`, "压缩方法（$1）不支持，未读取；请改用普通 ZIP 重新打包",
	`LZMA with unusual properties`, "LZMA 压缩参数特殊，未读取",
	`unpacks to more than (\d+) times its size`, "解压后超过原大小的 $1 倍，疑似压缩炸弹，未继续读取",
	`unpacks to more than (\d+) MB`, "解压后超过 $1 MB，未继续读取",
	`more than (\d+) files inside`, "内含文件超过 $1 个，未全部读取",
	`text of more than (\d+) times its size`, "文字量超过原大小的 $1 倍，疑似压缩炸弹，未继续读取",
	`more than (\d+) MB of text`, "文字超过 $1 MB，未全部读取",
	`more than (\d+) segments of text`, "文字段落超过 $1 个，未全部读取",
	`nested more than (\d+) files deep`, "文件嵌套超过 $1 层，未继续读取",
	`larger than (\d+) MB, read up to there`, "文件超过 $1 MB，只读到该处",
	`larger than (\d+) MB: only its pages were read, not the data beside them`, "文件超过 $1 MB，只读了页面内容，未读附带的数据",
	`a picture of (\d+) by (\d+) pixels, not recognised`, "图片过大（$1×$2 像素），未做文字识别",
	`its pictures have more than (\d+) million pixels`, "图片总像素超过 $1 百万，未全部识别",
	`more pictures were not recognised, for the same reason`, "因同样原因，还有图片未做文字识别",
	`a page of more than 64 MB is read as plain text`, "网页超过 64 MB，按纯文本读取",
	`a tag has more attributes than are read`, "标签的属性过多，未全部读取",
	`pages (\d+) to (\d+) were not read, the limit is (\d+) pages`, "第 $1 至 $2 页未读取（上限 $3 页）",
	`damaged pages: (.*)`, "损坏的页：$1",
	`pages without readable text, not recognised: (.*)`, "没有文字层且未做文字识别的页：$1；请人工检查或启用图片文字识别",
	`an attachment could not be read`, "有附件无法读取",
	`the directory of the (?:file|archive) is damaged, its (?:parts|files) were searched for`, "文件目录损坏，已尽量找回其中内容，可能不全",
	`not well-formed, read as far as possible`, "格式不规范，已尽量读取，可能不全",
	`part "(.*)" is not well-formed, read as far as possible`, "其中的“$1”格式不规范，已尽量读取，可能不全",
	`part "(.*)" is damaged, read in part`, "其中的“$1”损坏，只读出一部分",
	`stream "(.*)" is cut off or damaged`, "数据流“$1”不完整或损坏",
	`worksheet (\d+) has no part`, "第 $1 个工作表缺少内容",
	`the table of the text is damaged, the text was searched for`, "文字索引损坏，已尽量找回文字，可能不全",
	`the formatted body is damaged`, "邮件的格式正文损坏",
	`continues in another volume, which is not here`, "分卷压缩包缺少后续分卷，未全部读取；请把各分卷放在一起检查",
	`the (\S+) parser gave up on it`, "$1 解析程序无法处理该文件；请人工检查",
	`no room for temporary files: (.*)`, "临时目录空间不足，未读取：$1",
	`the document stream is cut off`, "文档内容流不完整，只读出一部分",
	`the PDF engine gave up on it, it did not finish in time`, "PDF 解析程序未能在时限内读完该文件；请人工检查",
	`the PDF engine gave up on it, .*`, "PDF 解析程序无法处理该文件（内存不足或结构异常）；请人工检查",
	`the PDF engine gave up on (\d+) of its pages: those from page (\d+) on were not read`, "PDF 解析程序有 $1 页无法处理，第 $2 页起未读取；请人工检查",
	`pages from (\d+) on were not read`, "第 $1 页起未读取；请人工检查",
	`its properties and bookmarks were not read: .*`, "文档属性和书签未读取；请人工检查",
	`its scripts and attachments were not all read: .*`, "文档内的脚本和附件未全部读取；请人工检查",
	`pages not read within their time: (.*)`, "未在时限内读完的页：$1；请人工检查",
	`more than (\d+) bookmarks, or an outline that leads back into itself`, "书签超过 $1 个，或目录首尾相接；其余书签未读取",
	`damaged or cut off: no page could be read`, "文件损坏或不完整，没有一页能读取",
	`damaged or cut off: the pages that are left were read, perhaps with wrong characters`, "文件损坏或不完整，已读取剩余的页，个别字符可能有误",
	`a part of the message is damaged`, "邮件的一部分损坏",
	`a uuencoded file in its text is damaged`, "正文中 uuencode 编码的附件损坏，只读出一部分",
	`damaged or cut off`, "文件损坏或不完整，只读出一部分",
	`the document itself, of iWork since 2013, is not read; its preview and its pictures are`, "iWork（Pages、Numbers、Keynote）文稿本身未读取，只读取了预览图和图片；请转换为 PDF 或 Office 格式后检查",
	`an embedded object is damaged`, "内嵌对象损坏",
	`(\d+) characters are damaged or of an unknown encoding`, "有 $1 个字符损坏或编码不明",
	`(?:.*: )?recognition is switched off`, "图片文字识别已关闭，图片内容未检查",
	`(?:.*: )?tesseract is not installed`, "未安装图片文字识别程序（tesseract），图片内容未检查",
	`(?:.*: )?the run has recognised as many pictures as it may`, "本次检查的图片识别数量已达上限，其余图片未检查",
	`(?:.*: )?the PDF engine does not start`, "PDF 解析程序无法启动",
	`(?:.*: )?not valid JSON from here on`, "JSON 内容自此处起不合规范，未继续读取",
	`(?:.*: )?that is not an http or https address`, "不是 http 或 https 网址",
	`(?:.*: )?host (\S+) may not be checked: the administrator lists hosts under sites or serve\.check_hosts`, "主机 $1 不在允许检查的范围内：请管理员在配置的 sites 或 serve.check_hosts 中列出",
	`nothing to check: give text, html, url, or base64 with filename`, "没有要检查的内容：请给出 text、html、url，或 base64 与 filename",
	`(?:.*: )?context deadline exceeded`, "读取超时；可调大时限后重新检查",
)
