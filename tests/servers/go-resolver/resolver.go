// resolver NAME...: looks the names up with Go's own resolver, which reads /etc/resolv.conf.
package main

import (
	"context"
	"net"
	"os"
)

func main() {
	for _, name := range os.Args[1:] {
		_, _ = (&net.Resolver{PreferGo: true}).LookupHost(context.Background(), name)
	}
}
