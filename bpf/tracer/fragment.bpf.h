/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Writing the record of what a call moved. */
#ifndef SONDE_FRAGMENT_H
#define SONDE_FRAGMENT_H

#include "maps.bpf.h"
#include "payload.bpf.h"

/*
 * Copies `header` to the ring for a call that moved `header->size` bytes, with those of them behind it that lie before
 * `window` on their side of the exchange; element by element where the call moved an I/O vector. A global function.
 */
int tell_call(struct fragment_record *header, const struct payload *payload, __u32 window);

#endif
