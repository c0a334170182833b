// Random bits from the system, many in one call: a call for each word costs more than what the word is for.

internal import Glibc

/// The system's generator of random bits.
public enum SystemRandom {
    /// The most bytes that one call of the system returns.
    private static let bytesPerCall = 256

    /// So many random words, fit for secrets.
    public static func words(_ count: Int) -> [UInt64] {
        [UInt64](unsafeUninitializedCapacity: count) { words, initializedCount in
            var rest = UnsafeMutableRawBufferPointer(words)
            while !rest.isEmpty {
                let piece = min(rest.count, bytesPerCall)
                // It fails only on a system without a generator.
                precondition(getentropy(rest.baseAddress, piece) == 0, "the system gives no random bits")
                rest = UnsafeMutableRawBufferPointer(rebasing: rest[piece...])
            }
            initializedCount = count
        }
    }
}
