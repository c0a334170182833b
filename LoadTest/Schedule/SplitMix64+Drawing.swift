// The one source of chance here is seeded, so that a run can be repeated, and small, so that each buyer has its own.

import Glibc
import Textbook

extension SplitMix64 {
    /// The generator of one of many that share a seed. Neighbours have nothing in common.
    init(seed: UInt64, stream: UInt64) {
        var mix = SplitMix64(seed: seed ^ (stream &* 0xD134_2543_DE82_EF95))
        self.init(seed: mix.next())
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
