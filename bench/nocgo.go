//go:build !hyperscan_v54

package bench

func cgoPeers() []Peer { return nil }
