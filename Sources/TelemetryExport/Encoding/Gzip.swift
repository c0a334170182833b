// Compression of scrapes, exports and profiles.

internal import CZlib

/// The bytes as one gzip member (RFC 1952).
///
/// Uses zlib's fastest level: repetitive text shrinks to a tenth in a few milliseconds, and the thread has other work.
func gzip(_ bytes: [UInt8]) -> [UInt8] {
    var stream = z_stream()
    // 15 bits of window; 16 more ask for gzip's header and checksum instead of zlib's own.
    let began = deflateInit2_(
        &stream, Z_BEST_SPEED, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
        Int32(MemoryLayout<z_stream>.size))
    precondition(began == Z_OK, "zlib has no memory for its state")
    defer { deflateEnd(&stream) }
    precondition(bytes.count <= Int(UInt32.max), "zlib counts its input in 32 bits")
    var input = bytes
    return input.withUnsafeMutableBufferPointer { input in
        stream.next_in = input.baseAddress
        stream.avail_in = UInt32(input.count)
        let bound = Int(deflateBound(&stream, UInt(input.count)))
        return [UInt8](unsafeUninitializedCapacity: bound) { output, count in
            stream.next_out = output.baseAddress
            stream.avail_out = UInt32(bound)
            // The bound holds for the whole input at worst, so one call ends the member.
            let ended = deflate(&stream, Z_FINISH)
            precondition(ended == Z_STREAM_END, "zlib needed more room than it said")
            count = bound - Int(stream.avail_out)
        }
    }
}
