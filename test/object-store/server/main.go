// A server of S3's protocol for tests: buckets in memory, and requests believed by their signature (version 4) only. Reads
// the keys from its standard input, so that they are nobody's arguments, and ends with it.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strings"

	"github.com/rclone/gofakes3"
	"github.com/rclone/gofakes3/s3mem"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:0", "address and port")
	buckets := flag.String("buckets", "", "names of buckets to make, with commas between them")
	public := flag.String("public", "", "one of them that everybody may read without a signature")
	flag.Parse()
	input := json.NewDecoder(os.Stdin)
	var keys map[string]string
	if err := input.Decode(&keys); err != nil {
		log.Fatal("no keys on standard input: ", err)
	}
	backend := s3mem.New()
	for _, name := range strings.Split(*buckets, ",") {
		if err := backend.CreateBucket(context.Background(), name); err != nil {
			log.Fatal(err)
		}
	}
	signed := gofakes3.New(backend, gofakes3.WithV4Auth(keys)).Server()
	unsigned := gofakes3.New(backend).Server()
	listener, err := net.Listen("tcp", *listen)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	log.Fatal(http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.SplitN(strings.TrimPrefix(r.URL.Path, "/"), "/", 2)[0]
		reads := r.Method == http.MethodGet || r.Method == http.MethodHead
		if *public != "" && name == *public && reads && r.Header.Get("Authorization") == "" {
			unsigned.ServeHTTP(w, r)
			return
		}
		signed.ServeHTTP(w, r)
	})))
}
