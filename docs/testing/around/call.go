// What stands around the short Go blocks of the documents.
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"apiclient"
)

func main() {
	token, ctx := os.Getenv("TOKEN"), context.Background()
	// SNIPPET
}
