package crawler

// ResolveURL is resolveURL for tests outside the package.
var ResolveURL = resolveURL
