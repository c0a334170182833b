// The one source of chance here: seeded, so that a run can be repeated, and small, so that every buyer has his own.

import Glibc

/// The generator of Steele, Lea and Flood (OOPSLA 2014): eight bytes of state, one addition and a mix for a number.
struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    /// The generator of one of many that share a seed. Neighbours have nothing in common.
    init(seed: UInt64, stream: UInt64) {
        var mix = SplitMix64(seed: seed ^ (stream &* 0xD134_2543_DE82_EF95))
        state = mix.next()
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// From 0, and below 1.
    mutating func fraction() -> Double {
        Double(next() >> 11) * 0x1p-53
    }

    mutating func chance(_ probability: Double) -> Bool {
        fraction() < probability
    }

    /// The wait for the next of events that come once per unit on average, and know nothing of each other.
    mutating func exponential() -> Double {
        -log(1 - fraction())
    }

    /// From 0, and below `count`; `count` is above 0.
    mutating func below(_ count: Int) -> Int {
        Int(next().multipliedFullWidth(by: UInt64(count)).high)
    }
}
