// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "fragment.bpf.h"
#include "framing.bpf.h"
#include "ring.bpf.h"

/* A header, or as much of it as has come: first byte lowest. */
struct header {
	__u64 low;
	__u64 high;
};

static __always_inline __u64 low_bytes(__u64 word, __u32 count)
{
	return count >= 8 ? word : word & ((1ULL << 8 * count) - 1);
}

/* Up to eight bytes from `offset` on. */
static __always_inline __u64 bytes_at(const struct header *header, __u32 offset)
{
	if (offset >= 8)
		return header->high >> 8 * (offset & 7);
	return offset ? header->low >> 8 * offset | header->high << (64 - 8 * offset) : header->low;
}

/* Puts bytes behind the `held` ones that are there. */
static __always_inline void append(struct header *header, __u32 held, __u64 low, __u64 high, __u32 count)
{
	low = low_bytes(low, count);
	high = count > 8 ? low_bytes(high, count - 8) : 0;
	if (!held) {
		header->low = low;
		header->high = high;
	} else if (held < 8) {
		header->low |= low << 8 * held;
		header->high = low >> (64 - 8 * held) | high << 8 * held;
	} else {
		header->high |= low << 8 * (held & 7);
	}
}

static __always_inline struct piece *add_piece(struct walk *walk, __u64 position)
{
	__u32 index = walk->count;
	struct piece *piece;

	barrier_var(index);
	if (index >= PIECES + 1)
		return NULL;
	piece = &walk->pieces[index];
	__builtin_memset(piece, 0, sizeof(*piece));
	piece->position = position;
	if (walk->lane.lossy) {
		piece->flags = FRAGMENT_LOSS;
		walk->lane.lossy = 0;
	}
	walk->count = index + 1;
	return piece;
}

/* The lane's place is not known any more: told at once, for nothing else may come for long. */
static __always_inline void lose_place(struct walk *walk)
{
	struct lane *lane = &walk->lane;

	if (!lane->placed)
		return;
	lane->placed = 0;
	lane->left = 0;
	lane->capture_left = 0;
	lane->header_held = 0;
	lane->header_waits = 0;
	lane->lossy = 1;
	walk->places_lost++;
	add_piece(walk, lane->position);
}

/* The frame at hand has passed. */
static __always_inline void end_frame(struct walk *walk)
{
	struct lane *lane = &walk->lane;
	struct piece *piece;

	if (!lane->header_waits)
		return;
	lane->header_waits = 0;
	piece = add_piece(walk, lane->start);
	if (!piece)
		return;
	piece->flags |= FRAGMENT_FRAME;
	piece->header[0] = lane->header[0];
	piece->header[1] = lane->header[1];
	piece->header_length = framing_of(walk->header.protocol)->header_length;
	piece->size = piece->header_length;
}

/* Captures bytes that lie behind the last piece's, or begin one. */
static __always_inline void capture(struct walk *walk, __u64 position, __u64 address, __u32 length, __u8 flags)
{
	__u32 index = walk->count - 1;
	struct piece *piece;

	barrier_var(index);
	if (index < PIECES) {
		piece = &walk->pieces[index];
		if (piece->position + piece->size == position && piece->header_length + piece->length == piece->size &&
		    piece->size + length <= FRAGMENT_BYTES && (!piece->length || piece->address + piece->length == address)) {
			if (!piece->length)
				piece->address = address;
			piece->length += length;
			piece->size += length;
			return;
		}
	}
	piece = add_piece(walk, position);
	if (!piece)
		return;
	piece->flags |= flags;
	piece->address = address;
	piece->length = length;
	piece->size = length;
}

static __always_inline void advance(struct walk *walk, __u32 bytes)
{
	walk->lane.position += bytes;
	walk->address += bytes;
	walk->element_left -= bytes;
	walk->left -= bytes;
}

/* Passes bytes of the frame at hand, which lie in one element. */
static __always_inline void pass(struct walk *walk)
{
	struct lane *lane = &walk->lane;
	__u32 bytes = lane->left < walk->element_left ? lane->left : walk->element_left, captured;

	if (lane->capture_left) {
		captured = lane->capture_left < bytes ? lane->capture_left : bytes;
		if (captured > FRAGMENT_BYTES)
			captured = FRAGMENT_BYTES;
		capture(walk, lane->position, walk->address, captured, 0);
		lane->capture_left -= captured;
		/* What is left of a long capture goes into the next record. */
		if (lane->capture_left)
			bytes = captured;
	}
	lane->left -= bytes;
	advance(walk, bytes);
	if (!lane->left)
		end_frame(walk);
}

/* The next element of the vector; the buffer itself is the only one. */
static __always_inline bool next_element(struct walk *walk)
{
	__u32 place;

	if (!walk->payload.vector) {
		if (walk->element++)
			return false;
		walk->address = walk->payload.address;
		walk->element_left = walk->left;
		return true;
	}
	if (walk->element >= walk->payload.vector || walk->element >= ELEMENTS)
		return false;
	if (walk->element >= walk->elements_from + walk->elements_held) {
		__u32 count = walk->payload.vector - walk->element;

		if (count > ELEMENTS_READ)
			count = ELEMENTS_READ;
		walk->elements_from = walk->element;
		walk->elements_held = count;
		barrier_var(count);
		count &= 2 * ELEMENTS_READ - 1;
		if (count > ELEMENTS_READ ||
		    bpf_probe_read_user(walk->elements, count * sizeof(struct iovec),
					(void *)(walk->payload.address + walk->element * sizeof(struct iovec))))
			return false;
	}
	place = (walk->element - walk->elements_from) & (ELEMENTS_READ - 1);
	walk->element++;
	walk->address = walk->elements[2 * place];
	walk->element_left = walk->elements[2 * place + 1];
	if (walk->element_left > walk->left)
		walk->element_left = walk->left;
	return true;
}

/* Sees to it that the chunk has the next header, or all of it that lies in this element; how many bytes it has. */
static __always_inline __u32 look(struct walk *walk)
{
	__u64 offset = walk->address - walk->chunk_address, has = 0;
	__u32 length;

	if (offset < walk->chunk_length)
		has = walk->chunk_length - offset;
	if (has >= HEADER_BYTES || (has && has >= walk->element_left))
		return has;
	length = walk->element_left < CHUNK_BYTES ? walk->element_left : CHUNK_BYTES;
	walk->chunk_address = walk->address;
	walk->chunk_length = length;
	barrier_var(length);
	if (length > CHUNK_BYTES || bpf_probe_read_user(walk->chunk, length, (void *)walk->address)) {
		walk->chunk_length = 0;
		return 0;
	}
	return length;
}

/* The frame's whole length, by its header. */
static __always_inline __u64 length_of(const volatile struct framing *framing, const struct header *header, bool untyped)
{
	__u32 raw, unused;

	if (untyped)
		return __builtin_bswap32((__u32)header->low);
	unused = 32 - 8 * (framing->length_width & 7);
	raw = bytes_at(header, framing->length_offset & (HEADER_BYTES - 1));
	if (framing->properties & FRAMING_LITTLE_ENDIAN)
		raw = raw << (unused & 31) >> (unused & 31);
	else
		raw = __builtin_bswap32(raw) >> (unused & 31);
	return (__u64)raw + framing->uncounted;
}

/* How many of the frame's bytes cross; 0: none. */
static __always_inline __u32 capture_of(const volatile struct framing *framing, const struct header *header, __u32 side,
					bool untyped)
{
	__u32 type = 0, rule;
	__u8 flags;

	if (!untyped && framing->properties & FRAMING_TYPES)
		type = bytes_at(header, framing->type_offset & (HEADER_BYTES - 1)) & 0xff;
	rule = framing->rule_of[(type + (side == SIDE_RESPONSE ? FRAME_TYPES / 2 : 0)) & (FRAME_TYPES - 1)];
	if (!rule)
		return 0;
	rule--;
	/* The verifier of 6.1 is to see the bound of what is used. */
	barrier_var(rule);
	if (rule >= FRAME_RULES)
		return 0;
	flags = framing->rules[rule].flags;
	if (flags) {
		if (untyped || !(framing->properties & FRAMING_FLAGS))
			return 0;
		if (!(bytes_at(header, framing->flags_offset & (HEADER_BYTES - 1)) & flags))
			return 0;
	}
	return framing->rules[rule].capture;
}

/* A header is whole: `held` of its bytes came in earlier calls or elements, the last ones lie at `address`. */
static __always_inline bool begin_frame(struct walk *walk, const volatile struct framing *framing, const struct header *header,
					__u32 held, __u32 header_length, __u64 address, bool untyped)
{
	struct lane *lane = &walk->lane;
	__u64 length = length_of(framing, header, untyped);
	__u32 captured;
	struct piece *piece;

	if (length < header_length || length > framing->max_length)
		return false;
	captured = capture_of(framing, header, walk->header.side, untyped);
	lane->left = length - header_length;
	lane->capture_left = 0;
	lane->header_held = 0;
	if (!captured)
		return true;
	if (captured <= framing->header_length && lane->left) {
		lane->header[0] = header->low;
		lane->header[1] = header->high;
		lane->header_waits = 1;
		return true;
	}
	if (captured > header_length)
		lane->capture_left = captured - header_length < lane->left ? captured - header_length : lane->left;
	if (!held) {
		capture(walk, lane->start, address, header_length, FRAGMENT_FRAME);
		return true;
	}
	piece = add_piece(walk, lane->start);
	if (!piece)
		return true;
	piece->flags |= FRAGMENT_FRAME;
	piece->header[0] = header->low;
	piece->header[1] = header->high;
	piece->header_length = header_length;
	piece->size = header_length;
	return true;
}

/* Takes what has come of a header. False: the place is lost. */
static __always_inline bool take_header(struct walk *walk, const volatile struct framing *framing)
{
	struct lane *lane = &walk->lane;
	struct header header = { .low = lane->header[0], .high = lane->header[1] };
	__u32 held = lane->header_held & (HEADER_BYTES - 1), has = look(walk), needed, taken, offset;
	__u64 address = walk->address, low, high;
	bool untyped;

	if (!has)
		return false;
	offset = (address - walk->chunk_address) & (CHUNK_BYTES - 1);
	low = *(__u64 *)(walk->chunk + offset);
	high = *(__u64 *)(walk->chunk + offset + 8);
	if (!held) {
		lane->start = lane->position;
		if (framing->properties & FRAMING_UNTYPED_OPENING && walk->header.side == SIDE_RESPONSE && !lane->opened &&
		    walk->left == 1) {
			capture(walk, lane->start, address, 1, FRAGMENT_FRAME);
			advance(walk, 1);
			return true;
		}
		header.low = low;
	}
	lane->opened = 1;
	untyped = framing->properties & FRAMING_UNTYPED_OPENING && walk->header.side == SIDE_REQUEST && !(header.low & 0xff);
	needed = (untyped ? sizeof(__u32) : framing->header_length) - held;
	taken = has < needed ? has : needed;
	if (taken > HEADER_BYTES)
		return false;
	append(&header, held, low, high, taken);
	advance(walk, taken);
	if (taken < needed) {
		lane->header[0] = header.low;
		lane->header[1] = header.high;
		lane->header_held = held + taken;
		return true;
	}
	return begin_frame(walk, framing, &header, held, held + taken, address, untyped);
}

struct walk_context {
	struct walk *walk;
};

/* One element, or one frame as far as it lies in the element; 1 when there is no more. */
static long step(__u32 index, struct walk_context *context)
{
	struct walk *walk = context->walk;
	const volatile struct framing *framing = framing_of(walk->header.protocol);
	struct lane *lane = &walk->lane;

	if (!walk->left)
		return 1;
	if (!walk->element_left)
		return !next_element(walk);
	if (!lane->left) {
		if (walk->count >= PIECES || ++walk->frames > frames_per_call || !take_header(walk, framing)) {
			lose_place(walk);
			return 1;
		}
		if (lane->header_held)
			return 0;
	}
	if (lane->left && walk->element_left)
		pass(walk);
	else if (!lane->left)
		end_frame(walk);
	return 0;
}

/* What is left of the call can't be read: its bytes count. */
static __always_inline void pass_unread(struct walk *walk)
{
	struct lane *lane = &walk->lane;
	__u32 bytes = walk->left, captured = lane->capture_left < bytes ? lane->capture_left : bytes;
	struct piece *piece;

	walk->left = 0;
	if (lane->placed && (lane->header_held || bytes > lane->left)) {
		lose_place(walk);
	} else if (lane->placed) {
		if (captured) {
			piece = add_piece(walk, lane->position);
			if (piece) {
				piece->size = captured;
				piece->flags |= FRAGMENT_UNREADABLE;
			}
		}
		lane->capture_left -= captured;
		lane->left -= bytes;
		lane->position += bytes;
		if (!lane->left)
			end_frame(walk);
		return;
	}
	lane->position += bytes;
}

__noinline int walk_frames(struct walk *walk)
{
	struct walk_context context = { .walk = walk };

	if (!walk)
		return 0;
	walk->left = walk->moved;
	walk->count = 0;
	walk->places_lost = 0;
	walk->frames = 0;
	walk->element = 0;
	walk->element_left = 0;
	walk->elements_from = 0;
	walk->elements_held = 0;
	walk->chunk_length = 0;
	/* Each element and each frame takes a step; a frame goes on in the next element. */
	if (walk->payload.readable && walk->lane.placed)
		bpf_loop(2 * frames_per_call + 2 * ELEMENTS, step, &context, 0);
	if (walk->left)
		pass_unread(walk);
	return 0;
}

static long tell_piece(__u32 index, struct walk_context *context)
{
	struct walk *walk = context->walk;
	const struct fragment_record *header = &walk->header;
	struct reservation reservation;
	struct fragment_record *record;
	__u32 length, held, kept;
	struct piece *piece;
	__u64 *words;

	barrier_var(index);
	if (index >= walk->count || index >= PIECES + 1)
		return 1;
	piece = &walk->pieces[index];
	length = piece->length;
	barrier_var(length);
	if (length > FRAGMENT_BYTES)
		length = FRAGMENT_BYTES;
	held = piece->header_length & (2 * HEADER_BYTES - 1);
	kept = held ? HEADER_BYTES : 0;
	reservation = reserve(FRAGMENT_HEAD + kept + length);
	record = reservation.record;
	if (!record)
		return 0;
	__builtin_memcpy(record, header, sizeof(*record));
	record->kind = RECORD_FRAGMENT;
	record->flags |= piece->flags;
	if (index + 1 < walk->count)
		record->flags |= FRAGMENT_MORE;
	record->piece = index;
	record->position = piece->position;
	if (record->stream_position)
		record->stream_position += (__u32)(piece->position - header->position);
	record->size = piece->size;
	record->length = held + length;
	write_mark(record, &walk->mark);
	words = (__u64 *)((char *)record + FRAGMENT_HEAD);
	if (held) {
		words[0] = piece->header[0];
		words[1] = piece->header[1];
	}
	if (length && bpf_probe_read_user((char *)words + held, length, (void *)piece->address)) {
		/* Paged out since the call, or unmapped by another thread. */
		record->length = held;
		record->flags |= FRAGMENT_UNREADABLE;
	}
	commit(&reservation, FRAGMENT_HEAD + kept + length);
	return 0;
}

__noinline int tell_pieces(struct walk *walk)
{
	struct walk_context context = { .walk = walk };

	if (!walk)
		return 0;
	/* A number was kept for this call, though nothing of it crosses. */
	if (!walk->count)
		add_piece(walk, walk->header.position);
	bpf_loop(PIECES + 1, tell_piece, &context, 0);
	return 0;
}
