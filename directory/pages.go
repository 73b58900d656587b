package directory

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// What a list may have at most. An account has up to 1,000 sub accounts, 300 groups and 300 roles
// (docs page on quotas). A page has 10 items by default.
const (
	maxPages = 1000
	maxItems = 50000
)

// page is a page of a list. What the API did not send is nil.
type page[T any] struct {
	items []T
	paging
}

type paging struct {
	number     *int32
	totalPages *int32
	totalItems *int32
	hasNext    *bool
}

// readPage gets a page of a list. Pages are counted from 0. op is for errors.
type readPage[T named] func(ctx context.Context, op string, number int32) (page[T], error)

// readAll reads all pages of a list. It returns an [*IncompleteError] unless it has the whole list.
// People may change the list while it is read, so it is read a second time before that.
func readAll[T named](ctx context.Context, op string, read readPage[T]) ([]T, error) {
	reader := listReader[T]{op: op, read: read}
	items, err := reader.all(ctx)
	var partial *IncompleteError
	if errors.As(err, &partial) {
		items, err = reader.all(ctx)
	}
	if err != nil {
		return nil, err
	}
	sortByName(items)
	return items, nil
}

// listReader reads a list that comes in pages.
type listReader[T named] struct {
	op   string
	read readPage[T]
}

func (l listReader[T]) all(ctx context.Context) ([]T, error) {
	items := []T{}
	seen := map[string]bool{} // IDs
	var first paging
	for number := int32(0); number < maxPages; number++ {
		next, err := l.read(ctx, l.op, number)
		if err != nil {
			return nil, err
		}
		if number == 0 {
			first = next.paging
		}
		if err := next.check(number, first); err != nil {
			return nil, incomplete(l.op, number, err)
		}
		for _, item := range next.items {
			id := strings.ToLower(item.principal().ID)
			if seen[id] {
				return nil, incomplete(l.op, number, errors.New("an item is in the list twice"))
			}
			seen[id] = true
		}
		items = append(items, next.items...)
		if len(items) > maxItems {
			return nil, incomplete(l.op, number, fmt.Errorf("the list has more than %d items", maxItems))
		}
		if next.isLast(number) {
			return items, complete(l.op, number, first, len(items))
		}
	}
	return nil, incomplete(l.op, maxPages-1, errors.New("there are more pages"))
}

// check finds what shows that a page is not the one that was asked for, or that it is not of the list
// that the first page belongs to.
func (p page[T]) check(number int32, first paging) error {
	if p.number != nil && *p.number != number {
		return fmt.Errorf("the API sent page=%d", *p.number)
	}
	if !equal(p.totalPages, first.totalPages) || !equal(p.totalItems, first.totalItems) {
		return errors.New("the list changed while it was read")
	}
	if p.totalPages != nil && *p.totalPages > maxPages {
		return fmt.Errorf("the API speaks of %d pages; the limit is %d", *p.totalPages, maxPages)
	}
	if p.hasNext != nil && p.totalPages != nil && *p.hasNext != p.isBefore(number) {
		return fmt.Errorf("the API sent hasNext=%t and totalPages=%d", *p.hasNext, *p.totalPages)
	}
	if len(p.items) == 0 && !p.isLast(number) {
		return errors.New("the page is empty, but not the last")
	}
	return nil
}

// isLast reports whether there is no page after this one. If the API does not say, an empty page is
// the last.
func (p page[T]) isLast(number int32) bool {
	if p.hasNext != nil {
		return !*p.hasNext
	}
	if p.totalPages != nil {
		return !p.isBefore(number)
	}
	return len(p.items) == 0
}

// isBefore reports whether a page is before the last one.
func (p paging) isBefore(number int32) bool { return number+1 < *p.totalPages }

// complete returns an [*IncompleteError] if the API speaks of more or fewer items than it sent.
func complete(op string, number int32, first paging, count int) error {
	if first.totalItems == nil || int(*first.totalItems) == count {
		return nil
	}
	return incomplete(op, number, fmt.Errorf("the API speaks of %d items, and sent %d", *first.totalItems, count))
}

func incomplete(op string, number int32, reason error) error {
	return &IncompleteError{Op: op, Reason: fmt.Sprintf("page=%d: %v", number, reason)}
}

func equal(a, b *int32) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}
