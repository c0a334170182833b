// Request ids and jitter without a call to the system's generator for each. Neither is a secret.

/// SplitMix64: a generator that never repeats within 2^64 numbers, seeded once from the system.
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64 = UInt64.random(in: .min ... .max)) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

extension String {
    /// A number as 13 digits of Crockford's base 32: short enough that the string needs no allocation.
    init(identifier number: UInt64) {
        self.init(unsafeUninitializedCapacity: 13) { buffer in
            let alphabet: StaticString = "0123456789abcdefghjkmnpqrstvwxyz"
            for index in 0..<13 {
                buffer[index] = alphabet.utf8Start[Int(number >> UInt64(60 - 5 * index) & 31)]
            }
            return 13
        }
    }
}
