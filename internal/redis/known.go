package redis

import "sync"

// knownMost is how many fingerprints one generation of the cache holds.
const knownMost = 1 << 17

// known is a cache of fingerprints that the server is known to have: links
// that repeat on every page need not be sent. It is exact: what it holds was
// confirmed, and it is cleared when the server may have lost something.
type known struct {
	mu       sync.Mutex
	now, old map[int64]struct{}
	epoch    uint64 // of the connections on which it was confirmed
}

func (k *known) has(fp int64) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, ok := k.now[fp]; ok {
		return true
	}
	if _, ok := k.old[fp]; ok {
		k.put(fp)
		return true
	}
	return false
}

// add keeps what was confirmed in an epoch.
func (k *known) add(fps []int64, epoch uint64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.epoch != epoch {
		return
	}
	for _, fp := range fps {
		k.put(fp)
	}
}

func (k *known) put(fp int64) {
	if k.now == nil || len(k.now) >= knownMost {
		k.now, k.old = map[int64]struct{}{}, k.now
	}
	k.now[fp] = struct{}{}
}

// renew forgets everything when the epoch is another one.
func (k *known) renew(epoch uint64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.epoch != epoch {
		k.now, k.old, k.epoch = nil, nil, epoch
	}
}
