package evidence

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"
)

// LoadKeys reads the keys of a file such as the age command writes, the one in
// force first; nil where there is no file, and the key from KeyFrom is in
// force. More than one key means that a rotation was not finished.
func LoadKeys(path string) ([]*age.X25519Identity, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read evidence key: %w", err)
	}
	ids, err := age.ParseIdentities(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("read evidence key %s: is no file of age keys: restore it from a backup", path)
	}
	var keys []*age.X25519Identity
	for _, id := range ids {
		k, ok := id.(*age.X25519Identity)
		if !ok {
			return nil, fmt.Errorf("read evidence key %s: holds a key of another kind than X25519", path)
		}
		keys = append(keys, k)
	}
	return keys, nil
}

// Rotate encrypts all files in dir to a new key, which it puts into the file
// at keyPath with mode 0600 before the first file is written, and drops the
// old key, which is derived from the installation's key at first, when all are
// done. Interrupted, it goes on with the same new key when it is called again.
// Nothing may write evidence meanwhile. It returns how many files it wrote; a
// file that no key opens is left as it is and reported, and the old key kept.
func Rotate(ctx context.Context, dir, keyPath string, derived *age.X25519Identity) (n int, err error) {
	keys, err := LoadKeys(keyPath)
	if err != nil {
		return 0, err
	}
	if len(keys) < 2 { // no rotation is under way
		fresh, err := age.GenerateX25519Identity()
		if err != nil {
			return 0, fmt.Errorf("make evidence key: %w", err)
		}
		if keys == nil {
			keys = []*age.X25519Identity{derived}
		}
		keys = append([]*age.X25519Identity{fresh}, keys...)
		if err := saveKeys(keyPath, keys); err != nil {
			return 0, err
		}
	}
	var failed []error
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		if d.IsDir() || !strings.HasSuffix(path, suffix) {
			return nil
		}
		done, err := reencrypt(path, keys)
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", path, err))
		}
		if done {
			n++
		}
		return nil
	})
	if err = errors.Join(append(failed, err)...); err != nil {
		return n, fmt.Errorf("rotate evidence key: %w", err)
	}
	return n, saveKeys(keyPath, keys[:1])
}

// reencrypt writes a file anew for the first key, unless it is so already. The
// time of the file stays: its retention goes on.
func reencrypt(path string, keys []*age.X25519Identity) (done bool, err error) {
	if ok, err := opens(path, keys[0]); ok || err != nil {
		return false, err
	}
	old, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer old.Close()
	info, err := old.Stat()
	if err != nil {
		return false, err
	}
	others := make([]age.Identity, 0, len(keys))
	for _, k := range keys[1:] {
		others = append(others, k)
	}
	plain, err := age.Decrypt(bufio.NewReader(old), others...)
	if err != nil {
		return false, err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".writing-*") // mode 0600
	if err != nil {
		return false, err
	}
	defer os.Remove(tmp.Name()) // without effect after the rename
	defer tmp.Close()
	if err := copyTo(tmp, keys[0].Recipient(), plain, info.ModTime()); err != nil {
		return false, err
	}
	return true, os.Rename(tmp.Name(), path)
}

func copyTo(tmp *os.File, to age.Recipient, plain io.Reader, mod time.Time) error {
	sealed, err := age.Encrypt(tmp, to)
	if err != nil {
		return err
	}
	if _, err := io.Copy(sealed, plain); err != nil {
		return err
	}
	if err := errors.Join(sealed.Close(), tmp.Sync()); err != nil {
		return err
	}
	return os.Chtimes(tmp.Name(), mod, mod)
}

func opens(path string, key age.Identity) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	_, err = age.Decrypt(bufio.NewReader(f), key)
	var none *age.NoIdentityMatchError
	if errors.As(err, &none) {
		return false, nil
	}
	return err == nil, err
}

func saveKeys(path string, keys []*age.X25519Identity) error {
	var b strings.Builder
	b.WriteString("# Keys of the evidence, the one in force first. Keep a backup.\n")
	for _, k := range keys {
		b.WriteString(k.String() + "\n")
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".key-*") // mode 0600
	if err != nil {
		return fmt.Errorf("write evidence key: %w", err)
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.WriteString(b.String())
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("write evidence key: %w", err)
	}
	return nil
}
