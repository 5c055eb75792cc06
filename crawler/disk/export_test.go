package disk

// Crash drops the frontier as kill -9 would: nothing is given back.
func Crash(f *Frontier) {
	f.mu.Lock()
	f.closed = true
	f.mu.Unlock()
	close(f.stop)
	f.syncing.Wait()
	_ = f.wal.s.Close()
	f.unlock()
}
