module prescreen/scanner/match/gen

go 1.26.8

require (
	github.com/longbridgeapp/opencc v0.3.13
	github.com/mozillazg/go-pinyin v0.20.0
	golang.org/x/text v0.43.0
)
