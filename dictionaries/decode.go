package dictionaries

import (
	"io/fs"
	"runtime"
	"sync"
	"sync/atomic"
)

// decoded is a dictionary file as it was written, before anything is checked.
type decoded struct {
	data   []byte
	file   File
	unread error // the file could not be read
	err    error // it was read, and is no dictionary
}

// decodeAll reads and decodes files, several at a time: YAML is most of the
// time of loading, and no file needs another one to be decoded. The result is
// in the order of names.
func decodeAll(fsys fs.FS, names []string) []decoded {
	all := make([]decoded, len(names))
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(names)) {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for i := int(next.Add(1)) - 1; i < len(names); i = int(next.Add(1)) - 1 {
				d := &all[i]
				if d.data, d.unread = readFile(fsys, names[i]); d.unread == nil {
					d.err = decode(d.data, &d.file)
				}
			}
		}()
	}
	wg.Wait()
	return all
}
