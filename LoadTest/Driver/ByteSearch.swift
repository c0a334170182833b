// Finds a text among bytes; Glibc's own `memmem` is not shown to Swift.

import Glibc

/// Where a text begins, at or after `start`; nil if it does not occur.
func firstIndex(of text: StaticString, in raw: UnsafeRawBufferPointer, from start: Int = 0) -> Int? {
    let length = text.utf8CodeUnitCount
    guard let base = raw.baseAddress, length > 0 else { return nil }
    var position = start
    while raw.count - position >= length {
        // Most bytes are not the first of the text, and memchr passes them many at a time.
        guard let found = memchr(base + position, Int32(text.utf8Start[0]), raw.count - position - length + 1) else {
            return nil
        }
        position = UnsafeRawPointer(found) - base
        if memcmp(found, text.utf8Start, length) == 0 { return position }
        position += 1
    }
    return nil
}
