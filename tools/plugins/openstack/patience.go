package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gophercloud/gophercloud"
	"github.com/gophercloud/utils/client"
	"github.com/hashicorp/terraform-plugin-sdk/v2/diag"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/terraform-provider-openstack/terraform-provider-openstack/openstack"
)

const (
	// deadline of one answer: the Terraform provider has none, and would wait for a hung service for ever.
	deadline = 90 * time.Second
	// tries of one request in all.
	tries = 6
	// firstPause doubles from try to try.
	firstPause = time.Second
	// longestPause is what a service may ask for; with more, the next run is the better one to go on.
	longestPause = time.Minute
)

// patient is a provider whose requests have a deadline, and are repeated when that can do no harm.
func patient(provider *schema.Provider) *schema.Provider {
	configure := provider.ConfigureContextFunc
	provider.ConfigureContextFunc = func(ctx context.Context, data *schema.ResourceData) (interface{}, diag.Diagnostics) {
		meta, problems := configure(ctx, data)
		if config, ok := meta.(*openstack.Config); ok && config.OsClient != nil {
			config.OsClient.HTTPClient.Timeout = deadline
			// It would repeat at once, without a pause, and what has a body without it.
			if transport, ok := config.OsClient.HTTPClient.Transport.(*client.RoundTripper); ok {
				transport.MaxRetries = 0
			}
			// It waits only where it is told how long; the other knows both.
			config.OsClient.RetryBackoffFunc = nil
			config.OsClient.RetryFunc = retry
		}
		return meta, problems
	}
	return provider
}

// retry waits and returns nil when a request is to be sent again, and otherwise returns why not.
func retry(ctx context.Context, method, _ string, _ *gophercloud.RequestOpts, err error, failures uint) error {
	pause, again := pauseAfter(method, err, failures)
	if !again || failures >= tries {
		return told(err)
	}
	if ctx == nil {
		ctx = context.Background()
	}
	select {
	case <-time.After(pause):
		return nil
	case <-ctx.Done():
		return err
	}
}

// pauseAfter tells how long to wait after a failure, and whether the request may be sent again at all: one that makes
// something only when the service says that it did not begin.
func pauseAfter(method string, err error, failures uint) (time.Duration, bool) {
	backoff := time.Duration(float64(firstPause<<(failures-1)) * (0.75 + rand.Float64()/2))
	harmless := method == http.MethodGet || method == http.MethodHead || method == http.MethodDelete
	var refused gophercloud.ErrUnexpectedResponseCode
	if !errors.As(err, &refused) {
		// Whoever found no door has asked for nothing. The cause itself is not handed on, only its words.
		return backoff, harmless || strings.Contains(err.Error(), "connection refused")
	}
	switch refused.Actual {
	case http.StatusTooManyRequests:
		asked, known := retryAfter(refused.ResponseHeader.Get("Retry-After"))
		if !known {
			return backoff, true
		}
		return asked, asked <= longestPause
	case http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return backoff, harmless
	}
	return 0, false
}

// retryAfter reads the header, which holds seconds or a date.
func retryAfter(header string) (time.Duration, bool) {
	if seconds, err := strconv.Atoi(header); err == nil {
		return time.Duration(seconds) * time.Second, true
	}
	if date, err := http.ParseTime(header); err == nil {
		return max(0, time.Until(date)), true
	}
	return 0, false
}

// told is the error with the service's own reason, where the library leaves it out.
func told(err error) error {
	var refused gophercloud.ErrUnexpectedResponseCode
	if !errors.As(err, &refused) || refused.Actual != http.StatusUnauthorized {
		return err
	}
	var body struct {
		Error struct {
			Message string `json:"message"`
		} `json:"error"`
	}
	if json.Unmarshal(refused.Body, &body) != nil || body.Error.Message == "" {
		return err
	}
	return fmt.Errorf("%w: %s", err, body.Error.Message)
}
